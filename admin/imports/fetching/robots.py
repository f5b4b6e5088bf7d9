"""robots.txt, which says what a program may ask of a host and how often: RFC 9309."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from config.version import VERSION
from jobs.errors import Refused
from protego import Protego

from imports.fetching.targets import shown

AGENT = f"Lockstep/{VERSION} (+import)"
NAME = "Lockstep"
LONGEST_DELAY = 60.0  # seconds; one that asks for more is not imported from in a day
MOST_BYTES = 500_000  # as the RFC has it at least; what follows is not read
LONGEST_LINE = 2000
USER_AGENT = re.compile(r"user[ -]?agent[\s:]*", re.IGNORECASE)
OURS = re.compile(rf"\**{NAME}(?![\w-])", re.IGNORECASE)


class Absent(Refused):
    """The host has no such page."""


@dataclass(frozen=True, slots=True)
class Rules:
    parsed: Protego
    delay_seconds: float

    def require_allowed(self, url: str) -> None:
        """Raises Refused."""
        if not self.parsed.can_fetch(url, NAME):
            raise Refused(f"{shown(url)} is not read: the robots.txt of that host forbids it.")


def rules(fetch: Callable[[], bytes]) -> Rules:
    """`fetch` raises Absent where there is no such file, which allows everything; what else it raises goes through:
    rules that are there and cannot be read may forbid it."""
    try:
        text = fetch()[:MOST_BYTES].decode("utf-8-sig", errors="replace")
    except Absent:
        text = ""
    parsed = Protego.parse("\n".join(map(_for_us, text.splitlines())))
    return Rules(parsed, min(parsed.crawl_delay(NAME) or 0.0, LONGEST_DELAY))


def _for_us(line: str) -> str:
    """All others get one name: a rule is kept for each name above it, so a file with many of both would take more
    memory than there is."""
    line = line.partition("#")[0].strip()[:LONGEST_LINE]
    found = USER_AGENT.match(line)
    if not found:
        return line
    name = line[found.end() :]
    if name == "*":
        return "User-agent: *"
    return f"User-agent: {NAME if OURS.match(name) else 'another'}"
