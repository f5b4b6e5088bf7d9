"""What an import may be asked for, as the API and the console's form tell it at once; the worker looks again."""

import ipaddress
import socket
from urllib.parse import urlsplit

from django.conf import settings

from imports.fetching.addresses import Address, may_be_asked

LONGEST_URL = 2000
LONGEST_NAME = 255
MAX_DEPTH = 3
SUFFIXES = (".csv", ".json")


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
    allowed = settings.IMPORTS.networks
    if all(may_be_asked(address, allowed=allowed) for address in _addresses(host.rstrip("."))):
        return ""
    return f"{host} is in a private network: nothing is fetched from there unless IMPORTS_PRIVATE_NETWORKS allows it."


def _addresses(host: str) -> list[Address]:
    """Those that are known without looking up the name: 127.1 and 2130706433 are spellings of an address too."""
    if host == "localhost" or host.endswith(".localhost"):
        return [ipaddress.ip_address("127.0.0.1")]
    try:
        return [ipaddress.ip_address(host.partition("%")[0])]
    except ValueError:
        pass
    try:
        return [ipaddress.IPv4Address(socket.inet_aton(host))]
    except (OSError, ValueError):
        return []
