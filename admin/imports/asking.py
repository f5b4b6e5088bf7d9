"""What an import may be asked for, as the API and the console's form tell it at once; the worker looks again."""

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings

from imports.conf import Network

LONGEST_URL = 2000
LONGEST_NAME = 255
MAX_DEPTH = 3
SUFFIXES = (".csv", ".json")
LOOPBACK = ("127.0.0.1", "::1")


def url_problem(url: str) -> str:
    """Why nothing is imported from there, in words; empty where it may be tried."""
    if len(url) > LONGEST_URL:
        return f"This URL is longer than {LONGEST_URL:,} characters."
    if not url.isprintable() or " " in url:
        return "A URL has neither spaces nor characters that cannot be seen: write them as %20."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "This is no URL that can be read."
    if parts.scheme not in ("http", "https") or not host or port == 0:
        return "A URL begins with http:// or https:// and a host, as https://shop.example.com/lamps."
    if "@" in parts.netloc:
        return "A URL with a user or password is not stored: leave them out."
    return _host_problem(host)


def file_problem(name: str, size: int) -> str:
    """Why this file is not imported, in words; empty where it may be tried."""
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        return f"A file has a name of 1 to {LONGEST_NAME} characters that can be seen."
    if not name.lower().endswith(SUFFIXES):
        return f"A file's name ends with {' or '.join(SUFFIXES)}, by which it is read."
    if not size:
        return "The file is empty."
    if size > settings.IMPORTS.max_bytes:
        return f"The file is larger than {settings.IMPORTS.max_bytes:,} bytes (IMPORTS_MAX_BYTES): send it in parts."
    return ""


def _host_problem(host: str) -> str:
    """Of what is private whoever it is looked up by; the worker looks up the rest."""
    is_local = host.rstrip(".") == "localhost" or host.rstrip(".").endswith(".localhost")
    try:
        addresses = [ipaddress.ip_address(address) for address in (LOOPBACK if is_local else [host.partition("%")[0]])]
    except ValueError:
        return ""
    if any(address.is_global or _is_allowed(address, settings.IMPORTS.networks) for address in addresses):
        return ""
    return f"{host} is in a private network: nothing is fetched from there unless IMPORTS_PRIVATE_NETWORKS allows it."


def _is_allowed(address: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: list[Network]) -> bool:
    return any(address in network for network in networks)
