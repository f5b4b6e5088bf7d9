"""bootstrap_replica beside a real admin without a broker: new, emptied and late copies, kills, and life going on."""

import re
import signal
import threading
import time
from pathlib import Path

import pytest
from console.models import AuditEntry
from django.core.management import CommandError, call_command
from django.db import OperationalError
from inbox import subscription
from inbox.admin_api import AdminApi
from inbox.models import FeedCursor
from inbox.sources import SourceRefused
from inbox.transactions import DatabaseUnavailable
from pytest_django import Settings
from replica import bootstrap
from replica.models import Bootstrap, Product

from tests import database
from tests.admin import Admin
from tests.polling import wait_until
from tests.processes import SERVICE, Process
from tests.replica.pairs import are_equal, check, copied, create, fill, follow, insert, plant, tombstones

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]


def environment(admin: Admin) -> dict[str, str]:
    return {"DATABASE_URL": database.url(), "ADMIN_URL": admin.url}


def start(admin: Admin, folder: Path, *arguments: str) -> Process:
    log = folder / "bootstrap.log"
    return Process("manage.py", "bootstrap_replica", *arguments, folder=SERVICE, log=log, **environment(admin))


def be_passed_by_another(admin: Admin) -> None:
    """Another subscriber has taken all there is, and admin has deleted it."""
    _, newest = admin.execute("SELECT MIN(id), MAX(id) FROM outbox_outboxevent")[0]
    for position in (0, newest):
        admin.call("POST", "/api/subscriptions/another/pull", position=position)
    assert admin.execute("SELECT COUNT(*) FROM outbox_outboxevent") == [(0,)]


def test_a_late_second_subscriber_is_filled_and_follows_from_then_on(admin: Admin) -> None:
    create(admin, "one", "two", "three")
    admin.call("DELETE", "/api/products/2")
    be_passed_by_another(admin)
    said = fill()
    assert re.match(r"read 2 products in \d+\.\d s: 2 applied\n", said)
    assert are_equal(admin)
    admin.call("PATCH", "/api/products/1", title="new")
    admin.call("DELETE", "/api/products/3")
    follow()
    assert are_equal(admin)
    assert check()[0] == 0


def test_a_copy_that_was_emptied_is_filled_again(admin: Admin) -> None:
    create(admin, "one", "two")
    follow()
    admin.call("PATCH", "/api/products/1", title="new")
    follow()
    for model in (Product, FeedCursor):
        model.objects.all().delete()
    with pytest.raises(SourceRefused, match="answered 410"):
        follow()
    fill()
    follow()
    assert are_equal(admin)


@pytest.mark.django_db(transaction=True)
def test_a_consumer_that_cannot_go_on_does_so_once_the_copy_is_filled(admin: Admin, tmp_path: Path) -> None:
    create(admin, "one", "two")
    be_passed_by_another(admin)
    log = tmp_path / "consumer.log"
    knobs = environment(admin) | {"INBOX_RETRY_MAX_SECONDS": "1"}
    with Process("consumer.py", folder=SERVICE, log=log, **knobs) as consumer:
        consumer.wait_for("answered 410")
        fill()
        create(admin, "three")
        wait_until(lambda: Product.objects.count() == 3)
        assert are_equal(admin)
        assert check()[0] == 0


def test_a_copy_restored_from_an_old_state_is_right_after_filling_and_repair(admin: Admin) -> None:
    """What was deleted meanwhile no snapshot shows: that is the repair's."""
    create(admin, "one", "two", "three")
    follow()
    old = (list(Product.objects.all()), FeedCursor.objects.get())
    admin.call("PATCH", "/api/products/1", title="new")
    admin.call("DELETE", "/api/products/2")
    create(admin, "four")
    follow()
    Product.objects.all().delete()
    Product.objects.bulk_create(old[0])
    old[1].save()
    fill()
    assert [product["id"] for product in copied()] == [1, 2, 3, 4]
    assert check()[0] == 1
    assert check("--repair")[0] == 0
    assert are_equal(admin)
    assert tombstones() == {2: 2}


def test_the_first_page_alone_is_never_taken_for_all(admin: Admin) -> None:
    insert(admin, *range(1, 1002))
    assert "read 1,001 products" in fill()
    assert Product.objects.count() == 1001
    assert "1,001 duplicate" in fill()


def test_an_older_page_changes_nothing_that_is_newer(admin: Admin) -> None:
    """A page on its way, while the product changes twice and another is deleted."""
    create(admin, "one", "two")
    page = AdminApi.get
    with pytest.MonkeyPatch.context() as patch:

        def late(*arguments: object, **query: object) -> object:
            answer = page(*arguments, **query)  # type: ignore[arg-type]
            if "/snapshot" in str(arguments) and query.get("limit") != 1:
                admin.call("PATCH", "/api/products/1", title="newer")
                admin.call("DELETE", "/api/products/2")
                follow()
            return answer

        patch.setattr(AdminApi, "get", late)
        assert "2 stale" in fill()
    assert are_equal(admin)


def test_the_subscription_comes_before_the_pages(admin: Admin) -> None:
    """What changes behind a page must come as an event."""
    create(admin, "one")
    be_passed_by_another(admin)
    filling = bootstrap.begin(AdminApi(), since=None)
    bootstrap.step(filling, AdminApi(), limit=500)
    admin.call("PATCH", "/api/products/1", title="new")
    follow()
    assert are_equal(admin)


def test_a_page_and_how_far_it_has_come_are_one_transaction(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    insert(admin, *range(1, 7))
    filling = bootstrap.begin(AdminApi(), since=None)
    bootstrap.step(filling, AdminApi(), limit=2)

    def fail(*_: object, **__: object) -> None:
        raise OperationalError(2006, "gone before the commit")

    with monkeypatch.context() as patch:
        patch.setattr(Bootstrap, "save", fail)
        with pytest.raises(DatabaseUnavailable):
            bootstrap.step(filling, AdminApi(), limit=2)
    assert Product.objects.count() == 2
    filling = Bootstrap.objects.get()
    with monkeypatch.context() as patch:
        patch.setattr("replica.projection.apply", fail)
        with pytest.raises(DatabaseUnavailable):
            bootstrap.step(filling, AdminApi(), limit=2)
    assert (Bootstrap.objects.get().after, Bootstrap.objects.get().read) == (2, 2)
    assert re.search(r"goes on behind product 2, 2 were read before\nread 4 products", fill())
    assert Product.objects.count() == 6
    assert Bootstrap.objects.get().finished_at


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_it_goes_on_where_it_was(admin: Admin, tmp_path: Path) -> None:
    insert(admin, *range(1, 201))
    with start(admin, tmp_path, "--rate", "40") as process:
        wait_until(lambda: Product.objects.count() >= 40)
        process.send(signal.SIGKILL)
        process.wait()
    count = Product.objects.count()
    assert count == Bootstrap.objects.get().read < 200
    assert f"goes on behind product {count}, {count} were read before\nread {200 - count} products" in fill()
    assert are_equal(admin)


@pytest.mark.django_db(transaction=True)
def test_life_goes_on_while_it_fills(admin: Admin, tmp_path: Path) -> None:
    insert(admin, *range(1, 201))
    be_passed_by = admin.call("POST", "/api/products", title="first")["id"]
    be_passed_by_another(admin)
    is_over = threading.Event()

    def live() -> None:
        for id in range(1, 200, 7):
            admin.call("PATCH", f"/api/products/{id}", title=f"busy {id}")
            admin.call("DELETE", f"/api/products/{id + 1}")
            create(admin, f"new {id}")
        is_over.set()

    writer = threading.Thread(target=live)
    log = tmp_path / "consumer.log"
    with (
        Process("consumer.py", folder=SERVICE, log=log, **environment(admin), INBOX_RETRY_MAX_SECONDS="1") as _,
        start(admin, tmp_path, "--rate", "60") as process,
    ):
        writer.start()
        assert process.wait() == 0, process.output
        writer.join()
        assert is_over.is_set()
        assert check()[0] == 0
    assert Product.objects.living().filter(id=be_passed_by).exists()
    rows = admin.execute("SELECT id, title, version FROM catalogue_product ORDER BY id")
    assert rows == list(Product.objects.living().values_list("id", "title", "version"))


def test_a_consumer_that_moved_on_while_it_joined_loses_nothing(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its deletions above all: no snapshot shows them."""
    create(admin, "one", "two")
    follow()
    admin.call("DELETE", "/api/products/1")
    put = AdminApi.put

    def slowly(*arguments: object, **content: object) -> object:
        assert FeedCursor.objects.get().position == content["position"]
        return put(*arguments, **content)  # type: ignore[arg-type]

    monkeypatch.setattr(AdminApi, "put", slowly)
    before = FeedCursor.objects.get().position
    fill()
    assert FeedCursor.objects.get().position == before
    follow()
    assert are_equal(admin)


@pytest.mark.django_db(transaction=True)
def test_the_cursor_stands_still_while_admin_is_asked(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else admin would be told of a position that a consumer has left, and send the copy past what is not applied."""
    create(admin, "one", "two")
    follow()
    is_moved, threads = threading.Event(), []
    admin.call("DELETE", "/api/products/1")

    def consume() -> None:
        follow()
        is_moved.set()
        database.connection.close()

    put = AdminApi.put

    def slowly(*arguments: object, **content: object) -> object:
        threads.append(threading.Thread(target=consume))
        threads[0].start()
        is_moved.wait(0.5)
        admin.call("DELETE", "/api/products/2")
        return put(*arguments, **content)  # type: ignore[arg-type]

    monkeypatch.setattr(AdminApi, "put", slowly)
    fill()
    threads[0].join()
    follow()
    assert are_equal(admin)


def unfinished(admin: Admin) -> None:
    """Filled in part, and then set back to that moment, while admin has deleted what followed."""
    insert(admin, *range(1, 5))
    create(admin, "five")
    follow()
    bootstrap.step(bootstrap.begin(AdminApi(), since=None), AdminApi(), limit=3)
    (old, cursor) = Product.objects.get(id=1), FeedCursor.objects.get()
    admin.call("PATCH", "/api/products/1", title="missed")
    follow()
    follow()
    old.save()
    cursor.save()


def test_after_a_gap_it_starts_anew(admin: Admin) -> None:
    unfinished(admin)
    assert "read 5 products" in fill()
    assert are_equal(admin)


def test_a_gap_is_not_forgotten_by_a_kill_right_after_joining(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    unfinished(admin)
    join = subscription.join

    def die(*arguments: object, **options: object) -> None:
        join(*arguments, **options)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(subscription, "join", die)
        with pytest.raises(CommandError, match=r"Stopped\. Run it again"):
            fill()
    assert "read 5 products" in fill()
    assert are_equal(admin)


def test_since_reads_what_changed_since(admin: Admin) -> None:
    insert(admin, 1, 2)
    create(admin, "new")
    said = fill("--since", "2026-06-01T00:00Z")
    assert "read 1 products" in said
    assert [product["id"] for product in copied()] == [3]
    assert "read 3 products" in fill("--since", "2026-01-02")


def test_a_rate_is_kept(admin: Admin) -> None:
    insert(admin, *range(1, 61))
    began = time.monotonic()
    fill("--rate", "40")
    assert time.monotonic() - began > 0.9


def test_what_breaks_the_contract_is_left_out_and_said(admin: Admin, capsys: pytest.CaptureFixture[str]) -> None:
    insert(admin, 1, title="x" * 201)
    insert(admin, 2)
    with pytest.raises(CommandError, match="Left out, since they break the contract: 1, see above"):
        fill()
    assert [product["id"] for product in copied()] == [2]
    assert Bootstrap.objects.get().finished_at


def test_extras_stay_for_the_drift_check(admin: Admin) -> None:
    plant(7)
    fill()
    assert [product["id"] for product in copied()] == [7]


def test_an_admin_that_is_away_is_one_line(admin: Admin, settings: Settings) -> None:
    settings.ADMIN_URL = "http://127.0.0.1:1"
    with pytest.raises(CommandError, match=r"gives no answer: .*\. Run it again: it goes on where it was\.") as caught:
        fill()
    assert "\n" not in str(caught.value)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_down_is_one_line(admin: Admin) -> None:
    with database.unreachable(), pytest.raises(CommandError, match=r"Check DATABASE_URL.*Run it again"):
        fill()


@pytest.mark.parametrize(
    "arguments",
    [
        *(("--since", time) for time in ("yesterday", "2026-13-01", "")),
        *(("--rate", rate) for rate in ("0", "-1", "nan", "inf", "1e-300", "fast", "")),
    ],
)
def test_arguments_that_make_no_sense_are_refused_in_words(arguments: tuple[str, ...]) -> None:
    refused = r"is no time; write it as 2026-01-31T12:00Z|is no number of products a second"
    with pytest.raises(CommandError, match=refused):
        call_command("bootstrap_replica", *arguments)


def test_who_filled_the_copy_is_kept(admin: Admin) -> None:
    create(admin, "one")
    fill()
    ended, begun = AuditEntry.objects.all()
    assert (begun.via, begun.action, begun.target, begun.said) == ("command", "begin bootstrap", "the copy", "begins")
    assert (ended.action, ended.said[:16]) == ("end bootstrap", "read 1 products ")
