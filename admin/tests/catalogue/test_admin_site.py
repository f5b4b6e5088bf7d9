"""Products in the pages: what is written there is told to subscribers, and nobody overwrites what they did not see."""

import threading
from typing import Any

import pytest
from catalogue import operations
from catalogue.models import Product
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from outbox.models import OutboxEvent

from tests.conftest import browser, person
from tests.support import forget, recorded, together, told

pytestmark = pytest.mark.django_db
LIST = "/admin/catalogue/product/"
ADD = f"{LIST}add/"
FILLED = {"title": "Lamp", "sku": "L-2", "price": "5", "image": "", "description": ""}


@pytest.fixture
def page(editor: User) -> Client:
    return browser(editor)


def change(product: Product) -> str:
    return f"{LIST}{product.pk}/change/"


def filled(product: Product, **more: Any) -> dict[str, Any]:
    """The form as the page shows it, with `more` typed in."""
    shown = {name: getattr(product, name) or "" for name in ("title", "sku", "price", "image", "description")}
    return shown | {"seen": product.version} | more


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200, "nothing was wrong"
    return dict(answer.context["adminform"].form.errors)


def run(page: Client, action: str, *products: Product, **more: str) -> Any:
    return page.post(LIST, {"action": action, "_selected_action": [product.pk for product in products], **more})


def messages(answer: Any, page: Client) -> str:
    return " ".join(str(message) for message in page.get(answer.headers["Location"]).context["messages"])


def test_a_product_is_made_with_its_event_and_its_history(page: Client, editor: User) -> None:
    assert page.post(ADD, FILLED | {"description": "One.\r\nTwo."}).headers["Location"] == LIST
    product = Product.objects.get()
    assert told() == [("created", str(product.pk), 1)]
    assert recorded()[0]["data"]["description"] == "One.\nTwo."
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.is_addition()) == (editor, str(product.pk), True)


def test_a_product_is_changed_with_its_event_and_its_history(page: Client, lamp: Product) -> None:
    page.post(change(lamp), filled(lamp, title="Lantern"))
    assert told() == [("updated", str(lamp.pk), 2)]
    assert recorded()[0]["data"]["title"] == "Lantern"
    assert LogEntry.objects.get().get_change_message() == "Changed Title."
    assert b"Changed Title." in page.get(f"{LIST}{lamp.pk}/history/").content


def test_saving_what_is_untouched_changes_nothing(page: Client, lamp: Product) -> None:
    Product.objects.update(description="One.\nTwo.\r\nThree.")
    forget()
    lamp.refresh_from_db()
    page.post(change(lamp), filled(lamp, description="One.\r\nTwo.\r\nThree."))
    assert told() == []


def test_a_product_is_deleted_with_its_event(page: Client, lamp: Product) -> None:
    page.post(f"{LIST}{lamp.pk}/delete/", {"post": "yes"})
    assert told() == [("deleted", str(lamp.pk), 2)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 201),
        ("price", "-1"),
        ("price", "NaN"),
        ("price", "12345678901"),
        ("price", "1.999"),
        ("image", "javascript:alert(1)"),
        ("description", "x" * 10_001),
        ("sku", "L-1"),
        ("sku", "x" * 65),
        ("title", "a\0b"),
    ],
)
def test_what_is_not_valid_is_told_beside_its_field(page: Client, lamp: Product, field: str, value: str) -> None:
    assert list(errors(page.post(ADD, FILLED | {field: value}))) == [field]
    assert told() == []


def test_a_price_of_minus_zero_is_zero_in_a_change_too(page: Client, lamp: Product) -> None:
    page.post(change(lamp), filled(lamp, price="-0"))
    assert [event["data"]["price"] for event in recorded()] == ["0.00"]


def test_zero_has_no_sign_and_an_empty_sku_is_none(page: Client) -> None:
    page.post(ADD, FILLED | {"price": "-0", "sku": ""})
    page.post(ADD, FILLED | {"sku": " "})
    assert [event["data"]["sku"] for event in recorded()] == [None, None]
    assert recorded()[0]["data"]["price"] == "0.00"


def test_an_old_page_overwrites_nothing_and_says_so(page: Client, lamp: Product) -> None:
    Product.objects.update(price=7)
    forget()
    answer = page.post(change(lamp), filled(lamp, title="Lantern"))
    assert "has changed this product" in str(errors(answer)["__all__"])
    assert b'<a href="" ' in answer.content  # to open it anew
    assert f'name="seen" value="{lamp.version}"'.encode() in answer.content  # trying again is no way round
    assert told() == []
    assert (Product.objects.get().title, Product.objects.get().price) == ("Lamp", 7)


def test_a_page_without_its_version_saves_nothing(page: Client, lamp: Product) -> None:
    assert "seen" in errors(page.post(change(lamp), filled(lamp, title="Lantern", seen="")))
    assert told() == []


def test_a_page_of_a_deleted_product_says_so(page: Client, lamp: Product) -> None:
    Product.objects.all().delete()
    forget()
    assert "Perhaps it was deleted" in messages(page.post(change(lamp), filled(lamp, title="Lantern")), page)
    assert told() == []


@pytest.mark.django_db(transaction=True)
def test_of_pages_saved_at_once_one_wins_and_the_others_are_told(editor: User, lamp: Product) -> None:
    clients = [browser(editor) for _ in range(4)]

    def save(number: int) -> Any:
        return clients[number].post(change(lamp), filled(lamp, title=f"Lamp {number}"))

    answers = [done.result() for done in together(*(lambda n=n: save(n) for n in range(4)))]
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 302]
    assert all("__all__" in errors(answer) for answer in answers if answer.status_code == 200)
    assert told() == [("updated", str(lamp.pk), 2)]


@pytest.mark.django_db(transaction=True)
def test_of_pages_that_take_a_sku_at_once_one_wins_and_the_others_are_told(editor: User) -> None:
    clients = [browser(editor) for _ in range(4)]
    answers = [done.result() for done in together(*(lambda c=client: c.post(ADD, FILLED) for client in clients))]
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 302]
    assert all("sku" in errors(answer) for answer in answers if answer.status_code == 200)
    assert len(told()) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="lets in one writer at a time, so nothing comes between")
@pytest.mark.parametrize("other", ["takes the sku", "changes", "deletes"])
def test_what_comes_between_validation_and_write_is_told_too(
    page: Client, lamp: Product, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    """The other request is a real one, on a connection of its own, just before the page's own write."""
    meant = {
        "takes the sku": lambda: Product.objects.create(title="Other", sku="L-9"),
        "changes": lambda: Product.objects.filter(pk=lamp.pk).update(price=7),
        "deletes": lambda: Product.objects.filter(pk=lamp.pk).delete(),
    }
    update, once = operations.update_product, threading.Lock()

    def late(**options: Any) -> Product:
        if once.acquire(blocking=False):
            together(meant[other])[0].result()
        return update(**options)

    monkeypatch.setattr(operations, "update_product", late)
    answer = page.post(change(lamp), filled(lamp, sku="L-9"))
    if other == "deletes":
        assert "Perhaps it was deleted" in messages(answer, page)
    else:
        assert list(errors(answer)) == [{"takes the sku": "sku", "changes": "__all__"}[other]]
    assert len(told()) == 1


def products(count: int, **fields: Any) -> list[Product]:
    made = Product.objects.bulk_create([Product(title=f"Lamp {n}", **fields) for n in range(count)])
    forget()
    return made


def test_many_are_deleted_with_their_events_and_their_history(page: Client) -> None:
    made = products(3)
    assert b"Are you sure" in run(page, "delete_selected", *made[:2]).content
    assert told() == []
    run(page, "delete_selected", *made[:2], post="yes")
    assert told() == [("deleted", str(product.pk), 2) for product in made[:2]]
    assert LogEntry.objects.count() == 2


def test_the_prices_of_many_are_changed_to_the_cent(page: Client) -> None:
    made = [*products(2, price="0.15"), *products(1), *products(1, price="0.01")]
    answer = run(page, "change_prices", *made, percent="10")
    assert [event["data"]["price"] for event in recorded()] == ["0.17", "0.17"]
    assert told() == [("updated", str(product.pk), 2) for product in made[:2]]
    assert LogEntry.objects.count() == 2
    assert "2 of 4" in messages(answer, page)


@pytest.mark.parametrize("percent", ["", "0", "-101", "x", "NaN", "1e9"])
def test_percents_that_make_no_sense_change_nothing(page: Client, percent: str) -> None:
    answer = run(page, "change_prices", *products(1, price="5"), percent=percent)
    assert "by how many percent" in messages(answer, page)
    assert told() == []


def test_when_one_price_of_many_gets_too_high_none_is_changed(page: Client) -> None:
    answer = run(page, "change_prices", *products(1, price="1"), *products(1, price="9999999999"), percent="10")
    assert "too many digits" in messages(answer, page)
    assert (told(), LogEntry.objects.count()) == ([], 0)


@pytest.mark.usefixtures("db")
def test_only_who_may_change_products_may_run_actions() -> None:
    viewer = browser(person("viewer", may=("view_product",)))
    made = products(1, price="5")
    for action in ("change_prices", "delete_selected"):
        run(viewer, action, *made, percent="10", post="yes")
    assert told() == []


def test_the_list_says_what_became_of_each(page: Client, settings: Any) -> None:
    waits, unroutable, held, gone = products(4)
    since = timezone.now()
    for product in (waits, unroutable, held):
        Product.objects.filter(pk=product.pk).update(price=1)
    OutboxEvent.objects.update(created_at=since)
    OutboxEvent.objects.filter(aggregateid=unroutable.pk).update(reason="unroutable", attempts=2)
    OutboxEvent.objects.filter(aggregateid=held.pk).update(reason="refused", last_error="too <large>", held_at=since)
    text = page.get(LIST).content.decode()
    for words in ("waiting in the outbox", "waiting: unroutable", "held: refused", "confirmed by the broker"):
        assert text.count(words) == 1
    since_said = f"{since:%Y-%m-%d %H:%M:%S} UTC"
    assert (
        f"held in the outbox since {since_said} (refused: too &lt;large&gt;)" in page.get(change(held)).content.decode()
    )
    assert f"waiting in the outbox since {since_said}" in page.get(change(waits)).content.decode()
    settings.BROKER_URL = ""
    assert "taken by the subscribers" in page.get(change(gone)).content.decode()


def test_the_oldest_event_says_since_when(page: Client, lamp: Product) -> None:
    for price in (1, 2):
        Product.objects.update(price=price)
    oldest = OutboxEvent.objects.order_by("id").first()
    assert oldest
    OutboxEvent.objects.filter(pk=oldest.pk).update(created_at=timezone.now().replace(year=2001))
    assert "waiting in the outbox since 2001-" in page.get(change(lamp)).content.decode()


def test_a_list_costs_as_many_statements_for_fifty_as_for_one(page: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as statements:
            page.get(LIST)
        return len(statements)

    products(1)
    once = cost()
    products(60)
    Product.objects.update(price=1)
    assert (once, cost()) == (7, 7)  # session, user, permissions of user and groups, count, page, outbox


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=lamp", {"Lamp", "Lampion"}),
        ("q=L-1", {"Lamp"}),
        ("price_from=10&price_to=20", {"Lamp"}),
        ("price_from=20", {"Chair"}),
        ("sku__isempty=1", {"Lampion", "Chair"}),
        ("image__isempty=0", {"Lamp"}),
        ("p=2", set()),
    ],
)
def test_the_list_can_be_searched_and_filtered(page: Client, lamp: Product, query: str, found: set[str]) -> None:
    Product.objects.create(title="Lampion", price=5)
    Product.objects.create(title="Chair", price=50)
    answer = page.get(f"{LIST}?{query}", follow=True)
    assert {product.title for product in answer.context["cl"].result_list} == (found or {"Lamp", "Lampion", "Chair"})


@pytest.mark.parametrize(
    "query",
    [
        *("price_from=x", "price_to=NaN", "price_from=1e999", "price_to=-Infinity", "price_from=" + "9" * 50),
        *("updated_at__gte=x", "sku__isempty=x", "q=%00", "q=" + "x" * 5000),
        *("p=x", "p=-1", "o=99.-99", "all=", "e=1", "nothing=1"),
    ],
)
def test_no_query_is_a_server_error(page: Client, lamp: Product, query: str) -> None:
    assert page.get(f"{LIST}?{query}", follow=True).status_code in (200, 400)


@pytest.mark.parametrize("id", ["0", "x", "9" * 30, "-1", "1_2", "%00"])
def test_no_id_is_a_server_error(page: Client, id: str) -> None:
    assert page.get(f"{LIST}{id}/change/").status_code in (302, 404)


@pytest.mark.parametrize("chosen", ["x", "\0", "9" * 40, "-1", "\u0661"])
@pytest.mark.parametrize("action", ["change_prices", "delete_selected"])
def test_a_choice_that_is_none_changes_nothing(page: Client, lamp: Product, action: str, chosen: str) -> None:
    answer = page.post(LIST, {"action": action, "_selected_action": [chosen], "percent": "10", "post": "yes"})
    assert answer.status_code in (200, 302)
    assert (Product.objects.get().version, told()) == (1, [])


@pytest.mark.django_db(transaction=True)  # PostgreSQL ends one over it
def test_a_filter_beyond_all_years_leads_back_to_the_list(page: Client) -> None:
    answer = page.get(LIST, {"updated_at__gte": "0001-01-01T00:00:00+23:59"})
    assert answer.headers["Location"] == LIST
    assert "makes no sense" in messages(answer, page)
