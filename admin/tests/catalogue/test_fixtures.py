import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from catalogue.models import Product
from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.management import call_command
from outbox.writer import OutsideTransaction

from tests.support import recorded, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., None]:
    def loaddata(*rows: dict[str, Any]) -> None:
        path = tmp_path / "products.json"
        path.write_text(text(*rows))
        call_command("loaddata", str(path), verbosity=0)

    return loaddata


def text(*rows: dict[str, Any]) -> str:
    return json.dumps([{"model": "catalogue.product", "pk": row.pop("pk"), "fields": row} for row in rows])


def test_a_fixture_keeps_the_version_of_a_product_that_is_new_here(load: Any) -> None:
    load({"pk": 5, "title": "Lamp", "version": 7})
    assert told() == [("created", "5", 7)]


@pytest.mark.parametrize(("in_fixture", "told_version"), [(1, 2), (2, 2), (9, 9)])
def test_a_fixture_never_turns_a_version_back(lamp: Product, load: Any, in_fixture: int, told_version: int) -> None:
    load({"pk": lamp.pk, "title": "Lantern", "version": in_fixture})
    assert told() == [("updated", str(lamp.pk), told_version)]
    assert Product.objects.get().version == told_version


def test_a_fixture_tells_each_of_its_products(load: Any) -> None:
    load({"pk": 5, "title": "Lamp"}, {"pk": 6, "title": "Lantern"})
    assert [event["data"]["title"] for event in recorded()] == ["Lamp", "Lantern"]


def test_a_dump_loads_again(lamp: Product, load: Any, tmp_path: Path) -> None:
    path = tmp_path / "dump.json"
    call_command("dumpdata", "catalogue", output=str(path), verbosity=0)
    call_command("loaddata", str(path), verbosity=0)
    data = recorded()[0]["data"]
    assert (data["title"], data["price"], data["version"]) == ("Lamp", "19.90", 2)


def test_a_fixture_that_subscribers_would_refuse_is_refused_as_a_whole(load: Any) -> None:
    with pytest.raises(ValidationError, match="image"):
        load({"pk": 5, "title": "Lamp"}, {"pk": 6, "title": "Lantern", "image": "ftp://images.example.com/a"})
    assert not Product.objects.exists()
    assert told() == []


@pytest.mark.django_db(transaction=True)
def test_a_row_that_is_read_outside_a_transaction_is_refused() -> None:
    row = next(serializers.deserialize("json", text({"pk": 5, "title": "Lamp"})))
    with pytest.raises(OutsideTransaction):
        row.save()
    assert not Product.objects.exists()
