"""What the two services agreed on, word for word: contract/examples."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from inbox.models import DeadLetter
from inbox.processor import Processor
from inbox.routing import Outcome
from replica.models import Product

from tests.events import EXAMPLES, body, deliver

VALID = sorted(EXAMPLES.glob("*.json"))
INVALID = EXAMPLES / "invalid"
REASONS: dict[str, str] = json.loads((INVALID / "reasons.json").read_bytes())
CONTENTS = ("title", "description", "price", "image", "sku")

valid_example = pytest.mark.parametrize("path", VALID, ids=lambda path: path.name)
invalid_example = pytest.mark.parametrize(("name", "reason"), REASONS.items())


def stored(product_id: int) -> dict[str, Any]:
    """The row, in the event's own words."""
    row = Product.objects.get(id=product_id)
    price = None if row.price is None else str(row.price)
    return {name: getattr(row, name) for name in CONTENTS} | {"price": price, "version": row.version}


@valid_example
@pytest.mark.django_db
def test_a_valid_example_is_applied(path: Path) -> None:
    event = json.loads(path.read_bytes())
    data = event["data"]
    assert Processor().process([deliver(path.read_bytes())]) == {Outcome.APPLIED: 1}
    row = Product.objects.get(id=data["id"])
    assert row.created_at == datetime.fromisoformat(data["created_at"])
    assert row.updated_at == datetime.fromisoformat(data["updated_at"])
    if event["type"].endswith(".deleted.v1"):
        assert row.deleted_at == datetime.fromisoformat(event["time"])
        assert stored(row.id) == dict.fromkeys(CONTENTS, "") | {"price": None, "sku": None, "version": data["version"]}
    else:
        assert row.deleted_at is None
        assert stored(row.id) == {name: data[name] for name in (*CONTENTS, "version")}
    assert not DeadLetter.objects.exists()


@invalid_example
@pytest.mark.django_db
def test_an_invalid_example_is_a_dead_letter_with_its_reason(name: str, reason: str) -> None:
    content = (INVALID / name).read_bytes()
    assert Processor().process([deliver(content)]) == {Outcome.REJECTED: 1}
    letter = DeadLetter.objects.get()
    assert (bytes(letter.body), letter.reason) == (content, reason)
    assert letter.error
    assert not Product.objects.exists()


@pytest.mark.django_db
def test_all_examples_in_one_batch_stop_none_of_the_valid_ones() -> None:
    """The examples' product 1 is deleted in the end; product 99 comes behind all the bad ones."""
    bad = [deliver((INVALID / name).read_bytes()) for name in REASONS]
    good = [deliver(path.read_bytes()) for path in VALID]
    outcomes = Processor().process([*bad[::2], *good, *bad[1::2], deliver(body(id=99))])
    assert outcomes[Outcome.REJECTED] == len(bad) == DeadLetter.objects.count()
    subjects = {json.loads(path.read_bytes())["data"]["id"] for path in VALID}
    assert set(Product.objects.values_list("id", flat=True)) == subjects | {99}


def test_there_are_examples() -> None:
    """A moved folder would turn the tests above into none."""
    assert len(VALID) >= 10
    assert len(REASONS) >= 100
