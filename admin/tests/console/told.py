"""What two sides in step tell, to be changed by the test."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

from console.halves import Halves, join
from console.other_side import Away

NOW = datetime(2026, 3, 4, 10, 2, 30, tzinfo=UTC)


def before(seconds: float) -> str:
    return (NOW - timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def process(role: str, **changes: Any) -> dict[str, Any]:
    usual = {
        "role": role,
        "host": f"{role}-1",
        "pid": 17,
        "version": "0.1.0",
        "state": "idle",
        "since": before(30),
        "said": "",
        "beat_at": before(1),
        "started_at": before(3600),
        "last_event_at": before(2),
        "is_fresh": True,
    }
    return usual | changes


SHARED = {"at": before(0), "version": "0.1.0", "mode": "broker", "console": "", "paused": None}
ADMIN: dict[str, Any] = {
    **SHARED,
    "side": "admin",
    "products": 12431,
    "processes": [process("relay")],
    "minutes": [
        {"at": before(90), "counts": {"published": 60}, "lag": None},
        {"at": before(30), "counts": {"published": 30}, "lag": None},
    ],
    "outbox": {
        "waiting": 0, "unroutable": 0, "nacked": 0, "refused": 0, "held": 0, "oldest_at": None, "held_since": None,
    },
}  # fmt: skip
SERVICE: dict[str, Any] = {
    **SHARED,
    "side": "service",
    "products": 12431,
    "processes": [process("consumer")],
    "minutes": [{"at": before(30), "counts": {"applied": 30}, "lag": {"median": 0.007, "p95": 0.02}}],
    "broker": {"is_reachable": True, "where": "broker:5672", "error": "", "ready": 0, "consumers": 1, "dead": 0},
    "feed": None,
    "dead_letters": {"total": 0, "by_reason": {}, "oldest_at": None},
    "drift": None,
}
EMBEDDED = {"mode": "embedded"}
AWAY = Away("service at http://127.0.0.1:8001 gives no answer (refused)")


def halves(admin: Any = None, service: Any = None, *, own: str = "admin", **more: Any) -> Halves:
    """As the side `own` sees them. Each is in step but for the given changes; Away, or odd JSON, stands as it is."""
    sides = {"admin": changed(ADMIN, admin), "service": changed(SERVICE, service)}
    mine = sides.pop(own)
    return join(own=own, mine=mine, other=sides.popitem()[1], now=NOW, **more)


def changed(usual: dict[str, Any], changes: Any) -> Any:
    """Parts that are objects on both sides are changed within."""
    if changes is not None and not isinstance(changes, dict):
        return changes
    found = deepcopy(usual)
    for name, value in (changes or {}).items():
        both = isinstance(value, dict) and isinstance(found.get(name), dict)
        found[name] = found[name] | value if both else value
    return found


def embedded(admin: Any = None, service: Any = None, **more: Any) -> Halves:
    without = {**EMBEDDED, "processes": [], "minutes": []}
    return halves(
        without | (admin or {}), {**EMBEDDED, "broker": None, "feed": {"position": 7}} | (service or {}), **more
    )
