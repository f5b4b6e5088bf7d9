"""One answer from a host that nobody here knows: bounded in every way, and never from a private network."""

from collections.abc import Callable

import msgspec


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    url: str  # after redirects, without its fragment
    content_type: str  # lower case, without parameters; empty where the host says none
    charset: str  # as the host says, empty where it does not
    body: bytes  # unpacked


class Fetcher:
    """Keeps what one import needs to know of its hosts: their robots.txt, and when each may be asked again."""

    def __init__(self, *, look: Callable[[], None] = lambda: None) -> None:
        """`look` is called between steps and while it waits; what it raises ends the fetch."""

    def get(self, url: str, *, accept: str = "*/*") -> Answer:
        """Raises jobs.errors.Refused (no public address, forbidden by robots.txt, 4xx, too large, …: in words that
        name the URL and say what to do) and jobs.errors.Later (timeout, cannot be reached, 429, 5xx)."""
        raise NotImplementedError
