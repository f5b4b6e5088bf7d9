"""URLs in pages and feeds."""

import re
from urllib.parse import quote, urldefrag, urljoin, urlsplit

LONGEST = 2000
PORTS = {"http": 80, "https": 443}


def absolute(url: str | None, base: str) -> str | None:
    """The http or https URL, seen from the page `base` ("" for none), in one spelling: without its fragment, a port
    that goes without saying, capital letters in the host. None for anything else, and for one with a user in it."""
    if not url or len(url) > LONGEST:
        return None
    try:
        parts = urlsplit(urldefrag(urljoin(base, url.strip())).url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in PORTS or not host or "@" in parts.netloc or re.search(r"\s", host):
        return None
    host = f"[{host}]" if ":" in host else host
    netloc = host if port in (None, PORTS[parts.scheme]) else f"{host}:{port}"
    found = parts._replace(netloc=netloc, path=parts.path or "/").geturl()
    return re.sub(r"\s", lambda space: quote(space[0]), found)


def place(url: str) -> str:
    """Whose page it is: the host, with its port where that is a special one."""
    return urlsplit(url).netloc
