"""The promise of models.py, querysets.py and fixtures.py: whoever writes a product through the ORM records an event."""

from typing import Any

import pytest
from catalogue.models import Product
from django.db import transaction
from outbox import writer
from rest_framework.test import APIClient

from tests.catalogue.ways import WAYS, Way
from tests.contract import ENVELOPE, problems
from tests.support import recorded, told

pytestmark = pytest.mark.django_db
every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
every_telling_way = pytest.mark.parametrize("way", [way for way in WAYS if way.tells], ids=lambda way: way.name)


class Crash(Exception):
    pass


def rows() -> list[dict[str, Any]]:
    return list(Product.objects.order_by("id").values())


@every_way
def test_it_records_what_it_did_and_nothing_else(lamp: Product, way: Way) -> None:
    way.act(lamp)
    assert [(action, version) for action, _, version in told()] == way.tells


@every_way
def test_an_event_holds_the_row_as_the_api_shows_it(lamp: Product, way: Way, client: APIClient) -> None:
    way.act(lamp)
    for event in recorded():
        answer = client.get(f"/api/products/{event['subject']}")
        if event["type"].endswith(".deleted.v1"):
            assert answer.status_code == 404
        else:
            assert event["data"] == answer.json()


@every_telling_way
def test_its_events_keep_to_the_contract(lamp: Product, way: Way) -> None:
    way.act(lamp)
    for event in recorded():
        assert problems(event, ENVELOPE) == []
        assert event["subject"] == str(event["data"]["id"])
        assert event["sequence"] == f"{event['data']['version']:020d}"
        assert event["time"] == event["data"]["updated_at"]


@pytest.mark.django_db(transaction=True)
@every_telling_way
def test_a_crash_before_the_events_are_stored_undoes_the_change(
    lamp: Product, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*args: Any, **options: Any) -> None:
        raise Crash

    before = rows()
    monkeypatch.setattr("outbox.writer._insert", crash)
    with pytest.raises(Crash):
        way.act(lamp)
    assert (rows(), told()) == (before, [])


@pytest.mark.django_db(transaction=True)
@every_telling_way
def test_a_crash_after_the_events_are_stored_undoes_both(
    lamp: Product, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = writer.write

    def write_and_crash(**options: Any) -> None:
        write(**options)
        raise Crash

    before = rows()
    monkeypatch.setattr(writer, "write", write_and_crash)
    with pytest.raises(Crash):
        way.act(lamp)
    assert (rows(), told()) == (before, [])


@every_telling_way
def test_a_rollback_leaves_neither_row_nor_event(lamp: Product, way: Way) -> None:
    before = rows()
    with transaction.atomic():
        way.act(lamp)
        assert told()
        transaction.set_rollback(True)
    assert (rows(), told()) == (before, [])


def test_versions_count_each_change_whatever_the_way(lamp: Product) -> None:
    lamp.save()
    Product.objects.update(title="Lantern")
    Product.objects.bulk_update([lamp], ["title"])
    Product.objects.filter(pk=lamp.pk).delete()
    assert [version for _, _, version in told()] == [2, 3, 4, 5]
