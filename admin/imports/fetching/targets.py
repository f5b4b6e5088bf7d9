"""Where a URL leads. It is read once: what was read is what is checked, connected to and asked for."""

import re
from urllib.parse import urljoin

import msgspec
from config.printable import printable
from jobs.errors import Refused
from urllib3.exceptions import HTTPError
from urllib3.util import Url, parse_url

PORTS = {"http": 80, "https": 443}
LONGEST = 4000  # characters of a URL
SHOWN = 300
USER = re.compile(r"//.*@", re.DOTALL)  # greedy: where a parser and a person differ, too much is hidden
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A URL that may be asked, in parts. Any port: what is behind it is public as its address is, and a GET whose lines
    are all ours says nothing to a server of mail or a database."""

    scheme: str
    host: str  # lower case, ASCII, without brackets and final dot
    port: int
    path: str  # with the query, as it is sent

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        return f"{self.origin}{self.path}"

    def __str__(self) -> str:
        return shown(self.url)


def target(url: str) -> Target:
    """Raises Refused for what is no URL of the web."""
    url = url.strip()
    if len(url) > LONGEST or CONTROL.search(url):
        raise Refused(f"{shown(url)} is no URL that can be read: it is too long, or has odd characters.")
    try:
        parts: Url = parse_url(url)
    except (HTTPError, ValueError) as error:
        raise Refused(f"{shown(url)} is no URL that can be read.") from error
    host = (parts.host or "").strip("[]").rstrip(".").lower()
    if parts.scheme not in PORTS or not host:
        raise Refused(f"{shown(url)} is not read: a URL begins with http:// or https:// and a host.")
    if parts.auth is not None:
        raise Refused(f"{shown(url)} is not read with a user or password: leave them out.")
    if "%" in host or parts.port == 0:
        raise Refused(f"{shown(url)} is no URL that can be read: look at its host and port.")
    path = Url(path=parts.path or "/", query=parts.query).request_uri
    return Target(scheme=parts.scheme, host=host, port=parts.port or PORTS[parts.scheme], path=path)


def redirected(asked: Target, to: str) -> Target:
    """Where it leads from there. Raises Refused, also where TLS would be given up: on the rest of the way anybody could
    change what is imported, and whoever does not mind gives the http URL."""
    # The bytes of headers come as Latin-1, whatever they are; in URLs they are UTF-8.
    to = to.encode("latin-1", "replace").decode(errors="replace")
    try:
        found = target(urljoin(asked.url, to))
    except ValueError as error:
        raise Refused(f"{asked} leads to {shown(to)}, which is no URL that can be read.") from error
    if (asked.scheme, found.scheme) == ("https", "http"):
        raise Refused(f"{asked} leads from https to {found}, which is not secure: import that URL if you do not mind.")
    return found


def shown(url: str) -> str:
    """For people: without a password, and without an end where it has none."""
    text = printable(USER.sub("//", url[:LONGEST]))
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
