"""One answer from a host that nobody here knows: bounded in every way, and never from a private network."""

from collections.abc import Callable
from email.message import Message
from urllib.parse import urljoin

import msgspec
from django.conf import settings
from jobs.errors import Later, Refused

from imports.fetching import addresses, robots
from imports.fetching.asking import Bounds, Raw, Target, ask, target
from imports.fetching.pacing import wait_for_turn

MOST_REDIRECTS = 5
PASSES_BY = (408, 425, 429)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    url: str  # after redirects, without its fragment
    content_type: str  # lower case, without parameters; empty where the host says none
    charset: str  # as the host says, empty where it does not
    body: bytes  # unpacked


class Fetcher:
    """Keeps what one import needs to know of its hosts: the rules of their robots.txt."""

    def __init__(self, *, look: Callable[[], None] = lambda: None) -> None:
        """`look` is called between steps and while it waits; the Interrupted that it raises ends the fetch."""
        self._look = look
        self._rules: dict[str, robots.Rules] = {}

    def get(self, url: str, *, accept: str = "*/*") -> Answer:
        """Raises jobs.errors.Refused (no public address, forbidden by robots.txt, 4xx, too large, …: in words that
        name the URL and say what to do) and jobs.errors.Later (timeout, cannot be reached, 429, 5xx)."""
        asked, raw = self._follow(target(url), accept=accept, is_robots=False)
        told = Message()
        told["Content-Type"] = raw.headers.get("content-type", "")
        return Answer(
            url=asked.url,
            content_type=told.get_content_type() if raw.headers.get("content-type") else "",
            charset=told.get_content_charset("") or "",
            body=raw.body,
        )

    def _follow(self, asked: Target, *, accept: str, is_robots: bool) -> tuple[Target, Raw]:
        """The answer behind all redirects, each of which is looked at as if it had been asked for."""
        seen: set[str] = set()
        for _ in range(MOST_REDIRECTS + 1):
            seen.add(asked.url)
            raw = self._ask(asked, accept=accept, is_robots=is_robots)
            if raw.status // 100 != 3:
                _require_good(asked, raw)
                return asked, raw
            to = raw.headers.get("location")
            if not to:
                raise Refused(f"{asked.url} answers {raw.status} without saying where to go.")
            asked = target(urljoin(asked.url, to))
            if asked.url in seen:
                raise Refused(f"{asked.url} leads back to itself: a redirect loop.")
        raise Refused(f"{asked.url} is behind more than {MOST_REDIRECTS} redirects.")

    def _ask(self, asked: Target, *, accept: str, is_robots: bool) -> Raw:
        delay = settings.IMPORTS.delay_seconds
        if not is_robots:
            rules = self._rules_of(asked)
            rules.require_allowed(asked.url)
            delay = max(delay, rules.delay_seconds)
        wait_for_turn(f"{asked.host}:{asked.port}", delay_seconds=delay, look=self._look)
        most = robots.MOST_BYTES if is_robots else settings.IMPORTS.max_bytes
        bounds = Bounds(seconds=settings.IMPORTS.fetch_seconds, most_bytes=most, look=self._look)
        headers = {"User-Agent": robots.AGENT, "Accept": accept, "Accept-Encoding": "gzip, deflate"}
        found = addresses.looked_up(asked.host, asked.port, allowed=settings.IMPORTS.networks)
        for address in found[:-1]:  # one that cannot be reached leaves the others
            try:
                return ask(asked, address, headers=headers, bounds=bounds)
            except Later:
                if bounds.is_over:
                    raise
        return ask(asked, found[-1], headers=headers, bounds=bounds)

    def _rules_of(self, asked: Target) -> robots.Rules:
        if asked.origin not in self._rules:
            place = target(f"{asked.origin}/robots.txt")
            self._rules[asked.origin] = robots.rules(
                lambda: self._follow(place, accept="text/plain", is_robots=True)[1].body
            )
        return self._rules[asked.origin]


def _require_good(asked: Target, raw: Raw) -> None:
    if raw.status // 100 == 2:
        return
    if raw.status >= 500 or raw.status in PASSES_BY:
        after = raw.headers.get("retry-after", "")
        raise Later(f"{asked.url} answers {raw.status}{f' and asks to come again in {after} s' if after else ''}.")
    raise Refused(f"{asked.url} answers {raw.status}: there is nothing to be read. Look at the URL in a browser.")
