import pytest
from outbox import batches
from outbox.batches import bounded
from outbox.models import OutboxEvent

ROWS = [OutboxEvent(payload=payload) for payload in ("aa", "bb", "💡", "d")]


@pytest.mark.parametrize(("bytes", "count"), [(1, 1), (2, 1), (3, 1), (4, 2), (7, 2), (8, 3), (9, 4), (100, 4)])
def test_rows_go_together_up_to_a_size_and_never_none(monkeypatch: pytest.MonkeyPatch, bytes: int, count: int) -> None:
    monkeypatch.setattr(batches, "MAX_BYTES", bytes)
    assert list(bounded(ROWS)) == ROWS[:count]


def test_of_nothing_nothing_goes() -> None:
    assert list(bounded([])) == []
