"""Repairs by a real admin's contents, and the events that come between the look and the repair."""

import pytest
from inbox.admin_api import AdminApi
from inbox.processor import Processor
from replica.drift import Copy, Difference, Kind, Original, look
from replica.models import Product
from replica.repair import repair

from tests.admin import Admin
from tests.events import delivery
from tests.replica.pairs import are_equal, copied, create, follow, insert, plant, tombstones

pytestmark = pytest.mark.django_db


def differences(*ids: int) -> list[Difference]:
    return list(look(Original(AdminApi()), Copy(), ids).values())


def mend(found: list[Difference], *, is_downward: bool = False) -> None:
    repair(found, admin=AdminApi(), is_downward=is_downward)


@pytest.fixture
def lamps(admin: Admin) -> Admin:
    """Three of them, at version 2, on both sides."""
    create(admin, "one", "two", "three")
    for id in (1, 2, 3):
        admin.call("PATCH", f"/api/products/{id}", price="19.90", sku=f"L-{id}")
    follow()
    return admin


def test_each_kind_is_mended_by_what_admin_has_now(lamps: Admin) -> None:
    Product.objects.filter(id=1).delete()
    Product.objects.filter(id=2).update(version=1, title="old")
    Product.objects.filter(id=3).update(title="other")
    plant(4, version=7)
    found = differences(1, 2, 3, 4)
    assert [one.kind for one in found] == [Kind.MISSING, Kind.STALE, Kind.DIFFERENT, Kind.EXTRA]
    mend(found)
    assert are_equal(lamps)
    assert tombstones() == {4: 8}


def test_what_is_ahead_is_mended_only_where_that_is_asked_for(lamps: Admin) -> None:
    Product.objects.filter(id=1).update(version=9, title="from the future")
    found = differences(1)
    assert [one.kind for one in found] == [Kind.AHEAD]
    before = copied()
    mend(found)
    assert copied() == before
    mend(found, is_downward=True)
    assert are_equal(lamps)


def test_a_wrong_tombstone_gives_way_to_the_product(lamps: Admin) -> None:
    Processor().process([delivery("deleted", id=1, version=5)])
    mend(differences(1), is_downward=True)
    assert are_equal(lamps)
    assert tombstones() == {}


def test_a_mended_extra_does_not_rise_again_by_the_event_that_was_late(lamps: Admin) -> None:
    plant(4, version=7)
    mend(differences(4))
    Processor().process([delivery(id=4, version=7), delivery("created", id=4, version=8)])
    assert are_equal(lamps)
    Processor().process([delivery("deleted", id=4, version=8)])
    assert tombstones() == {4: 8}


@pytest.mark.parametrize(
    "spoilt", [{"title": "other"}, {"version": 9}, {"version": 1}], ids=["different", "ahead", "stale"]
)
def test_an_event_that_came_since_the_look_wins(lamps: Admin, spoilt: dict[str, object]) -> None:
    """Newer than anything that this admin would say: the repair must find another version there and leave it."""
    Product.objects.filter(id=1).update(**spoilt)
    found = differences(1)
    assert len(found) == 1
    Processor().process([delivery(id=1, version=12, title="newest")])
    mend(found, is_downward=True)
    assert Product.objects.values_list("version", "title").get(id=1) == (12, "newest")


def test_an_extra_that_changed_since_the_look_is_not_buried(lamps: Admin) -> None:
    plant(4, version=7)
    found = differences(4)
    Processor().process([delivery(id=4, version=8)])
    mend(found)
    assert Product.objects.get(id=4).deleted_at is None


def test_an_extra_that_admin_has_again_is_not_buried(lamps: Admin) -> None:
    plant(4, version=7)
    found = differences(4)
    insert(lamps, 4, version=7)
    mend(found)
    assert Product.objects.get(id=4).deleted_at is None


def test_a_tombstone_that_came_since_the_look_keeps_its_own_time_and_version(lamps: Admin) -> None:
    plant(4, version=7)
    found = differences(4)
    Processor().process([delivery("deleted", id=4, version=8)])
    mend(found)
    assert tombstones() == {4: 8}


def test_what_is_missing_and_deleted_since_the_look_stays_away(lamps: Admin) -> None:
    Product.objects.filter(id=1).delete()
    found = differences(1)
    lamps.call("DELETE", "/api/products/1")
    mend(found)
    assert not Product.objects.filter(id=1).exists()


def test_more_than_admin_tells_at_once_are_mended(lamps: Admin) -> None:
    insert(lamps, *range(4, 254))
    mend(differences(*range(1, 300)))
    assert are_equal(lamps)


def test_what_breaks_the_contract_is_left_out_and_its_neighbours_are_mended(lamps: Admin) -> None:
    insert(lamps, 4, title="x" * 201)
    insert(lamps, 5)
    mend(differences(4, 5))
    assert [(one.id, one.kind) for one in differences(1, 2, 3, 4, 5)] == [(4, Kind.MISSING)]
