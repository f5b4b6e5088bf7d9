"""One answer from a host that nobody here knows: bounded in every way, and never from a private network."""

import ssl
from collections.abc import Callable
from email.message import Message
from functools import cached_property

import msgspec
from config.printable import printable
from django.conf import settings
from jobs.errors import Later, Refused

from imports.fetching import addresses, robots
from imports.fetching.asking import Raw, ask
from imports.fetching.bounds import Bounds
from imports.fetching.pacing import wait_for_turn
from imports.fetching.targets import Target, redirected, target

MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
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
        most = settings.IMPORTS.max_bytes
        asked, raw = self._follow(target(url), accept=accept, is_robots=False)
        if len(raw.body) > most:
            raise Refused(f"{asked} is larger than {most:,} bytes (IMPORTS_MAX_BYTES).")
        told = Message()
        told["Content-Type"] = raw.headers.get("content-type", "")
        return Answer(
            url=asked.url,
            content_type=told.get_content_type() if raw.headers.get("content-type") else "",
            charset=told.get_content_charset("") or "",
            body=raw.body,
        )

    def _follow(self, asked: Target, *, accept: str, is_robots: bool) -> tuple[Target, Raw]:
        """The answer behind all redirects, each of which is looked at as if it had been asked for. They share the time,
        of which politeness is no part."""
        most = robots.MOST_BYTES if is_robots else settings.IMPORTS.max_bytes
        seconds = settings.IMPORTS.fetch_seconds
        bounds = Bounds(what=str(asked), seconds=seconds, most_bytes=most, look=self._look)
        headers = {"User-Agent": robots.AGENT, "Accept": accept, "Accept-Encoding": "gzip, deflate"}
        start, seen = asked, {asked}
        for _ in range(MOST_REDIRECTS + 1):
            found = addresses.looked_up(asked.host, asked.port, allowed=settings.IMPORTS.networks, bounds=bounds)
            with bounds.stopped():
                self._wait(asked, is_robots=is_robots)
            tls = self._tls if asked.scheme == "https" else None
            raw = ask(asked, found, headers=headers, bounds=bounds, tls=tls)
            to = raw.headers.get("location", "") if raw.status in REDIRECTS else ""
            if not to:
                _require_good(asked, raw)
                return asked, raw
            asked = redirected(asked, to)
            if asked in seen:
                raise robots.Absent(f"{start} leads back to itself: a redirect loop.")
            seen.add(asked)
        raise robots.Absent(f"{start} is behind more than {MOST_REDIRECTS} redirects.")

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Trusts whom the machine trusts, or the file that SSL_CERT_FILE names."""
        return ssl.create_default_context()

    def _wait(self, asked: Target, *, is_robots: bool) -> None:
        """For the host's turn, where it lets us in at all."""
        delay = settings.IMPORTS.delay_seconds
        if not is_robots:
            rules = self._rules_of(asked)
            rules.require_allowed(asked.url)
            delay = max(delay, rules.delay_seconds)
        wait_for_turn(f"{asked.host}:{asked.port}", delay_seconds=delay, look=self._look)

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
        after = printable(raw.headers.get("retry-after", ""))[:50]
        after = f"{after} s" if after.isdecimal() else after  # seconds, or a date
        raise Later(f"{asked} answers {raw.status}{f', and asks to come again in {after}' if after else ''}.")
    raise robots.Absent(f"{asked} answers {raw.status}: there is nothing to be read. Look at the URL in a browser.")
