"""What becomes of items: created, updated, unchanged or rejected, each once, with an event for each write."""

from decimal import Decimal
from typing import Any

import pytest
from catalogue.models import Product
from django.db import connection
from django.test.utils import CaptureQueriesContext
from imports.items import Item
from imports.models import Origin
from imports.storing import store
from jobs.errors import Lost
from jobs.models import Job

from tests.imports.made import SHOP, a_run, again, an_item, counted, said
from tests.support import forget, told

pytestmark = pytest.mark.django_db


def test_new_ones_are_created_with_an_event_each() -> None:
    run = a_run()
    store(run, [an_item(1, description="Of brass.", image=f"{SHOP}/1.jpg"), an_item(2)])
    first, second = Product.objects.order_by("id")
    assert (first.title, first.description, first.price, first.image, first.sku) == (
        "Lamp 1",
        "Of brass.",
        Decimal("19.90"),
        f"{SHOP}/1.jpg",
        "L-1",
    )
    assert told() == [("created", str(first.pk), 1), ("created", str(second.pk), 1)]
    assert counted(run) == (2, 0, 0, 0)
    assert list(Origin.objects.order_by("url").values_list("url", "product_id")) == [
        (f"{SHOP}/1", first.pk),
        (f"{SHOP}/2", second.pk),
    ]


def test_the_next_import_updates_what_differs_and_leaves_the_rest() -> None:
    store(a_run(), [an_item(1), an_item(2), an_item(3)])
    forget()
    run = a_run()
    store(run, [an_item(1), an_item(2, price=Decimal("5")), an_item(3, title="Lantern")])
    assert counted(run) == (0, 2, 1, 0)
    assert [(action, version) for action, _, version in told()] == [("updated", 2), ("updated", 2)]
    assert list(Product.objects.values_list("title", "price", "version")) == [
        ("Lamp 1", Decimal("19.90"), 1),
        ("Lamp 2", Decimal("5.00"), 2),
        ("Lantern", Decimal("19.90"), 2),
    ]


def test_what_a_source_does_not_say_stays(lamp: Product) -> None:
    store(a_run(), [Item(where="row 1", sku="L-1", price=Decimal("5"))])
    product = Product.objects.get()
    assert (product.title, product.description, product.image) == (lamp.title, lamp.description, lamp.image)
    assert (product.price, product.version) == (Decimal("5.00"), 2)


def test_a_product_of_the_catalogue_is_found_by_its_sku(lamp: Product) -> None:
    run = a_run()
    store(run, [an_item(1)])
    assert (Product.objects.get().title, counted(run)) == ("Lamp 1", (0, 1, 0, 0))


def test_one_that_was_imported_is_found_by_its_url_and_gets_its_new_sku() -> None:
    store(a_run(), [an_item(1)])
    run = a_run()
    store(run, [an_item(1, sku="N-1")])
    assert (Product.objects.get().sku, counted(run)) == ("N-1", (0, 1, 0, 0))


def test_one_without_a_sku_is_found_by_its_url() -> None:
    store(a_run(), [an_item(1, sku=None)])
    run = a_run()
    store(run, [an_item(1, sku=None, title="Lantern")])
    assert (Product.objects.get().title, counted(run)) == ("Lantern", (0, 1, 0, 0))


def test_one_without_a_url_is_found_again_though_somebody_took_its_sku_away() -> None:
    store(a_run(), [an_item(1, url=None)])
    Product.objects.update(sku=None)
    store(a_run(), [an_item(1, url=None)])
    assert Product.objects.get().sku == "L-1"


def test_the_sku_says_more_than_the_url() -> None:
    """The shop's page 1 shows now what page 2 shows: that product is meant."""
    store(a_run(), [an_item(1), an_item(2)])
    run = a_run()
    store(run, [an_item(1, sku="L-2", title="Lantern")])
    assert list(Product.objects.values_list("sku", "title")) == [("L-1", "Lamp 1"), ("L-2", "Lantern")]
    assert counted(run) == (0, 1, 0, 0)


def test_a_deleted_product_is_created_anew() -> None:
    store(a_run(), [an_item(1)])
    Product.objects.all().delete()
    run = a_run()
    store(run, [an_item(1)])
    assert counted(run) == (1, 0, 0, 0)
    assert Origin.objects.get().product_id == Product.objects.get().pk


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"title": None}, "title: This field is required."),
        ({"title": ""}, "title: This field may not be blank."),
        ({"title": "x" * 201}, "title: Ensure this field has no more than 200 characters."),
        ({"title": "a\0b"}, "title: Null characters are not allowed."),
        ({"title": "a\ud800"}, "title: Surrogate characters are not allowed: U+D800."),
        ({"description": "x" * 10_001}, "description: Ensure this value has at most 10000 characters (it has 10001)."),
        ({"price": Decimal(-1)}, "price: Ensure this value is greater than or equal to 0."),
        ({"price": Decimal("1.999")}, "price: Ensure that there are no more than 2 decimal places."),
        ({"price": Decimal("1e11")}, "price: Ensure that there are no more than 10 digits before the decimal point."),
        ({"price": Decimal("NaN")}, "price: A valid number is required."),
        ({"sku": "x" * 65}, "sku: Ensure this field has no more than 64 characters."),
        ({"sku": None, "url": None}, "It has neither a sku nor a URL, by one of which the next import would find it"),
        ({"sku": " ", "url": None}, "It has neither a sku nor a URL"),
        ({"url": f"{SHOP}/\0"}, "url: It is longer than 2,000 characters, or holds some that cannot be seen."),
        ({"url": f"{SHOP}/\ud800"}, "url: It is longer"),
        ({"url": f"{SHOP}/{'x' * 2000}"}, "url: It is longer"),
    ],
)
def test_what_cannot_be_taken_is_rejected_with_its_reason(more: dict[str, Any], reason: str) -> None:
    run = a_run()
    store(run, [an_item(7, **more), an_item(1)])
    assert counted(run) == (1, 0, 0, 1)
    assert any(line.startswith(f"Rejected row 7: {reason}") for line in said(run)), said(run)
    assert [(line.level, line.attempt) for line in run.job.lines.filter(text__startswith="Rejected")] == [
        ("warning", 1)
    ]
    assert len(told()) == 1


def test_one_product_at_two_places_is_counted_once_and_the_first_stands() -> None:
    run = a_run()
    store(run, [an_item(1), an_item(1, url=f"{SHOP}/sale/1", title="Cheap lamp")])
    store(run, [an_item(1, url=None), an_item(1, sku=None, title="Lantern")])
    assert (Product.objects.get().title, counted(run), len(told())) == ("Lamp 1", (1, 0, 0, 0), 1)
    left_out = "row 1 is left out: this import has the product already, with other contents. The first one stands."
    assert [line for line in said(run) if "left out" in line] == [left_out, left_out]


@pytest.mark.parametrize("is_new", [True, False])
def test_one_page_twice_in_one_batch_is_one_product_and_the_first_stands(is_new: bool) -> None:
    if not is_new:
        store(a_run(), [an_item(1, sku=None, title="Torch")])
        forget()
    run = a_run()
    store(run, [an_item(1, sku=None), an_item(1, sku=None, title="Lantern")])
    assert (Product.objects.get().title, counted(run)) == ("Lamp 1", (1, 0, 0, 0) if is_new else (0, 1, 0, 0))
    assert len(told()) == 1


def test_two_pages_of_one_sku_in_one_batch_are_one_product() -> None:
    store(a_run(), [an_item(1, sku=None), an_item(2, sku=None)])
    run = a_run()
    store(run, [an_item(1, sku="S"), an_item(2, sku="S")])
    assert counted(run) == (0, 1, 0, 0)
    assert list(Product.objects.values_list("sku", flat=True)) == ["S", None]


def test_pages_that_have_changed_their_skus_with_each_other_are_followed() -> None:
    store(a_run(), [an_item(1), an_item(2)])
    run = a_run()
    store(run, [an_item(1, sku="L-2"), an_item(2, sku="L-1")])
    assert list(Product.objects.values_list("sku", "title")) == [("L-1", "Lamp 2"), ("L-2", "Lamp 1")]
    assert counted(run) == (0, 2, 0, 0)


@pytest.mark.parametrize("title", ["Lamp 1", "Lantern"])
def test_skus_that_are_one_to_the_database_are_one_product(title: str) -> None:
    """MariaDB's collation takes "abc" for "ABC"; PostgreSQL and SQLite take them for two."""
    store(a_run(), [an_item(1, sku="abc", url=None)])
    run = a_run()
    store(run, [an_item(1, sku="ABC", url=None, title=title), an_item(2, sku="aBC", url=None)])
    skus = list(Product.objects.values_list("sku", flat=True))
    assert skus in (["ABC"], ["abc", "ABC", "aBC"])
    assert counted(run) == ((0, 1, 0, 0) if len(skus) == 1 else (2, 0, 0, 0))


def test_new_skus_that_are_one_to_the_database_are_one_product() -> None:
    run = a_run()
    store(run, [an_item(1, sku="abc"), an_item(2, sku="ABC"), an_item(3)])
    assert counted(run) in ((2, 0, 0, 0), (3, 0, 0, 0))
    assert Product.objects.count() == len(told()) == counted(run)[0]


def test_counts_go_on_over_attempts_and_count_each_product_once() -> None:
    run = a_run()
    store(run, [an_item(1), an_item(2)])
    run = again(run)
    store(run, [an_item(1), an_item(2), an_item(3)])
    assert counted(run) == (3, 0, 0, 0)
    assert len(told()) == 3
    assert not any("left out" in line for line in said(run))


def test_what_an_earlier_attempt_updated_is_not_unchanged_too(lamp: Product) -> None:
    run = a_run()
    store(run, [an_item(1)])
    run = again(run)
    store(run, [an_item(1)])
    assert (counted(run), told()) == ((0, 1, 0, 0), [("updated", str(lamp.pk), 2)])


def test_who_has_lost_the_job_writes_nothing() -> None:
    store(a_run(), [an_item(1)])
    forget()
    lost = a_run()
    now = again(lost)
    for items in ([an_item(1, title="Lantern")], [an_item(2)], [an_item(3, title="")]):
        with pytest.raises(Lost):
            store(lost, items)
    assert (counted(now), told(), Origin.objects.count()) == ((0, 0, 0, 0), [], 1)
    assert Product.objects.get().title == "Lamp 1"


@pytest.mark.django_db(transaction=True)
def test_a_crash_within_a_batch_leaves_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    run = a_run()

    def crash(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("imports.batches.Batch._write_origins", crash)
    with pytest.raises(ZeroDivisionError):
        store(run, [an_item(1)])
    assert (Product.objects.count(), told(), counted(run)) == (0, [], (0, 0, 0, 0))


@pytest.mark.parametrize("is_new", [True, False])
def test_a_batch_takes_as_few_statements_for_many_as_for_one(is_new: bool) -> None:
    def statements(numbers: range) -> int:
        if not is_new:
            store(a_run(), [an_item(number) for number in numbers])
        run = a_run()
        with CaptureQueriesContext(connection) as captured:
            store(run, [an_item(number, title="Lantern") for number in numbers])
        assert sum(counted(run)[:2]) == len(numbers)
        return len(captured)

    few, many = statements(range(2)), statements(range(1000, 1200))
    # SQLite takes no more than some variables at once; the events are written 200 at a time.
    assert many <= few + (connection.vendor == "sqlite") * 20, (few, many)


def test_none_is_no_transaction_at_all() -> None:
    run = a_run()
    with CaptureQueriesContext(connection) as captured:
        store(run, [])
    assert len(captured) == 0


def test_the_job_keeps_its_counts_when_it_ends() -> None:
    run = a_run()
    store(run, [an_item(1), an_item(2, title="")])
    assert (Job.objects.get().counts, dict(run.counts)) == (
        {"created": 1, "updated": 0, "unchanged": 0, "rejected": 1},
    ) * 2


def test_variants_that_share_a_url_are_products_by_their_skus() -> None:
    shirts = [an_item(number, url=f"{SHOP}/shirt") for number in (1, 2)]
    store(first := a_run(), shirts)
    assert counted(first) == (2, 0, 0, 0)
    store(later := a_run(), [an_item(3, url=f"{SHOP}/shirt"), *shirts])
    assert counted(later) == (1, 0, 2, 0)
    assert sorted(Product.objects.values_list("sku", "title")) == [(f"L-{n}", f"Lamp {n}") for n in (1, 2, 3)]


def test_a_later_attempt_writes_what_has_changed_in_the_shop_and_counts_it_once() -> None:
    store(first := a_run(), [an_item(1)])
    store(second := again(first), [an_item(1, price=Decimal("5.00"))])
    assert Product.objects.get().price == Decimal("5.00")
    assert counted(second) == (1, 0, 0, 0)


@pytest.mark.parametrize("image", ["http://shop/lamp.jpg", "javascript:alert(1)", f"{SHOP}/{'x' * 500}"])
def test_a_product_with_an_image_that_cannot_be_stored_is_taken_without_it(image: str) -> None:
    store(run := a_run(), [an_item(1, image=image)])
    assert (counted(run), Product.objects.get().image) == ((1, 0, 0, 0), "")
    assert [line for line in said(run) if "its image is left out" in line]
