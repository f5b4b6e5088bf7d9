"""robots.txt, which says what a program may ask of a host and how often: RFC 9309."""

from collections.abc import Callable
from dataclasses import dataclass

from config.version import VERSION
from jobs.errors import Refused
from protego import Protego

AGENT = f"Lockstep/{VERSION} (+import)"
NAME = "Lockstep"
LONGEST_DELAY = 60.0  # seconds; one that asks for more is not imported from in a day
MOST_BYTES = 500_000  # as the RFC has it at least


@dataclass(frozen=True, slots=True)
class Rules:
    parsed: Protego
    delay_seconds: float

    def require_allowed(self, url: str) -> None:
        """Raises Refused."""
        if not self.parsed.can_fetch(url, NAME):
            raise Refused(f"{url} is not read: the robots.txt of that host forbids it.")


def rules(fetch: Callable[[], bytes]) -> Rules:
    """`fetch` raises Refused where there is no such file, which allows everything; what else it raises goes through."""
    try:
        text = fetch()[:MOST_BYTES].decode(errors="replace")
    except Refused:
        text = ""
    parsed = Protego.parse(text)
    delay = parsed.crawl_delay(NAME) or 0.0
    return Rules(parsed, min(max(float(delay), 0.0), LONGEST_DELAY))
