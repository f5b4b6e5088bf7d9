from typing import Any

import pytest
from console.halves import Halves
from console.levels import Level
from console.pipeline import Box, boxes

from tests.console.told import AWAY, before, embedded, halves, process

PAUSE = {"at": before(30), "by": "ada", "reason": ""}
NAMES = ["admin", "outbox", "broker", "consumer", "copy"]


def told(seen: Halves) -> dict[str, tuple[str, str]]:
    return {box.name: (str(box.level), box.word) for box in boxes(seen)}


def box(name: str, seen: Halves) -> Box:
    (found,) = [one for one in boxes(seen) if one.name == name]
    return found


def test_in_step_all_is_well() -> None:
    words = ["answers", "empty", "empty", "idle", "same count"]
    assert told(halves()) == {name: ("ok", word) for name, word in zip(NAMES, words, strict=True)}


def test_equal_is_said_where_a_check_has_compared_the_contents() -> None:
    assert told(halves(None, {"drift": {"verdict": "equal", "counts": {}, "compared": 5}}))["copy"] == ("ok", "equal")


def test_without_a_broker_the_box_says_so() -> None:
    found = box("broker", embedded())
    assert (found.level, found.word, found.said) == (Level.OK, "not used", "no broker: service pulls from admin")
    assert found.count is None
    assert box("outbox", embedded()).rate is None


def test_counts_and_rates() -> None:
    seen = halves({"outbox": {"waiting": 7, "oldest_at": before(1)}}, {"broker": {"ready": 3}, "products": 5})
    assert [one.count for one in boxes(seen)] == [12431, 7, 3, 1, 5]
    assert box("outbox", seen).rate == 1.0
    assert box("outbox", seen).word == "flows"


@pytest.mark.parametrize(
    ("name", "admin", "service", "wanted"),
    [
        ("outbox", {"outbox": {"held": 2}}, None, ("bad", "holds events")),
        ("outbox", {"outbox": {"waiting": 2, "nacked": 2}}, None, ("bad", "nacked")),
        ("outbox", {"outbox": {"waiting": 2, "oldest_at": before(9)}}, None, ("warn", "behind")),
        ("outbox", {"paused": PAUSE}, None, ("bad", "paused")),
        ("outbox", {"processes": []}, None, ("bad", "no relay")),
        ("outbox", {"processes": [process("relay", state="no_source")]}, None, ("bad", "cut off")),
        ("broker", None, {"broker": {"is_reachable": False, "ready": None}}, ("bad", "unreachable")),
        ("broker", None, {"broker": {"ready": None}}, ("bad", "no queue")),
        ("broker", None, {"broker": {"consumers": 0}}, ("bad", "no consumers")),
        ("broker", None, {"broker": {"ready": 5000}}, ("warn", "behind")),
        ("consumer", None, {"paused": PAUSE}, ("bad", "paused")),
        ("consumer", None, {"processes": []}, ("bad", "not running")),
        ("consumer", None, {"processes": [process("consumer", state="no_source")]}, ("bad", "cut off")),
        ("copy", None, {"dead_letters": {"total": 1}}, ("bad", "1 dead letter")),
        ("copy", None, {"drift": {"verdict": "drift", "counts": {"extra": 2}}}, ("bad", "2 products differ")),
        ("copy", None, {"products": 12430}, ("ok", "follows")),
        ("copy", None, {"products": 3}, ("warn", "differs")),
    ],
)
def test_a_box_says_what_is_wrong_with_it(name: str, admin: Any, service: Any, wanted: tuple[str, str]) -> None:
    assert told(halves(admin, service))[name] == wanted


def test_the_other_side_s_boxes_are_unknown_where_it_is_away() -> None:
    assert [level for level, _ in told(halves(None, AWAY)).values()] == ["ok", "ok", "unknown", "unknown", "unknown"]
    assert [level for level, _ in told(halves(AWAY, own="service")).values()] == ["unknown"] * 2 + ["ok"] * 2 + [
        "unknown"
    ]
