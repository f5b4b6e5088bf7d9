"""How moments, durations and numbers are written for people, on pages as on the command line."""

from datetime import UTC, datetime

NEVER = "never"


def moment(value: object) -> datetime | None:
    """A moment, or the text of one in ISO form; None for all else, since the other side may be another version."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:  # before or after all years
        return None


def seconds_since(value: object, now: datetime) -> float | None:
    """Never below zero: two clocks are in it."""
    at = moment(value)
    return None if at is None else max(0.0, (now - at).total_seconds())


def ago(value: object, now: datetime) -> str:
    seconds = seconds_since(value, now)
    return NEVER if seconds is None else f"{duration(seconds)} ago"


def duration(seconds: float) -> str:
    """In one unit, rounded down: 3 s, 12 min, 5 h, 2 days."""
    if seconds < 100:
        return f"{int(seconds)} s"
    if seconds < 100 * 60:
        return f"{int(seconds // 60)} min"
    if seconds < 48 * 3600:
        return f"{int(seconds // 3600)} h"
    return f"{int(seconds // 86400):,} days"


def lag(seconds: float) -> str:
    """As exact as people can use it: 7 ms, 1.2 s, 41 s, 3 min."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms" if seconds >= 0.001 or not seconds else "< 1 ms"
    return f"{seconds:.1f} s" if seconds < 9.95 else duration(seconds)


def per_second(value: float) -> str:
    return f"{value:,.0f}/s" if value >= 10 or value == int(value) else f"{value:.1f}/s"


def clock(value: object, now: datetime) -> str:
    """Since when: 10:02 of today, else with its day; in UTC, as all times here."""
    at = moment(value)
    if at is None:
        return "an unknown time"
    return f"{at:%H:%M}" if at.date() == now.astimezone(UTC).date() else f"{at:%Y-%m-%d %H:%M}"


def exactly(value: object) -> str:
    at = moment(value)
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else "?"


def counted(value: int, one: str, many: str = "") -> str:
    """1 product, 12,431 products."""
    return f"{value:,} {one if value == 1 else many or f'{one}s'}"
