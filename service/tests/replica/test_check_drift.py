"""check_drift beside a real admin without a broker: what it finds, what it says, and how it ends."""

import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from console.models import AuditEntry
from django.core.management import CommandError, call_command
from inbox.models import FeedCursor
from pytest_django import Settings
from replica.models import Product

from tests import database
from tests.admin import Admin
from tests.polling import wait_until
from tests.processes import SERVICE, Process
from tests.replica.pairs import are_equal, check, create, follow, insert, original, plant, report, tombstones

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]


@pytest.fixture
def lamps(admin: Admin) -> Admin:
    """Three of them, on both sides."""
    create(admin, "one", "two", "three")
    follow()
    return admin


def test_equal_copies_are_said_to_be_equal(lamps: Admin) -> None:
    code, said = check()
    assert code == 0
    assert re.fullmatch(r"equal: 3 products compared \(\d+\.\d s\)\n", said)
    code, found = report()
    assert (code, found["verdict"], found["compared"], found["differences"]) == (0, "equal", 3, [])


def test_two_empty_sides_are_equal(admin: Admin) -> None:
    assert check()[0] == 0


def test_each_kind_of_difference_is_found_and_mended(lamps: Admin) -> None:
    lamps.call("PATCH", "/api/products/2", title="two, new")
    follow()
    Product.objects.filter(id=1).delete()
    Product.objects.filter(id=2).update(version=1)
    Product.objects.filter(id=3).update(title="other")
    plant(4, version=7)
    code, said = check()
    assert code == 1
    assert said.splitlines()[:4] == [
        "  missing   product 1: admin has version 1, the copy none",
        "  stale     product 2: admin has version 2, the copy version 1",
        "  different product 3: admin has version 1, the copy version 1",
        "  extra     product 4: admin has none, the copy version 7",
    ]
    assert said.splitlines()[4].startswith("drift: 1 different, 1 extra, 1 missing, 1 stale. --repair mends it. If ")
    code, found = report()
    assert (code, found["verdict"]) == (1, "drift")
    assert found["counts"] == {"missing": 1, "stale": 1, "different": 1, "extra": 1}
    assert found["differences"][1] == {"id": 2, "kind": "stale", "admin_version": 2, "copy_version": 1}
    code, said = check("--repair")
    assert (code, said.splitlines()[0]) == (0, "repaired: 1 different, 1 extra, 1 missing, 1 stale")
    assert are_equal(lamps)
    assert tombstones() == {4: 8}
    assert check()[0] == 0


def test_sql_on_admin_is_found_and_mended(lamps: Admin) -> None:
    lamps.execute("UPDATE catalogue_product SET title='by hand', price=12.5 WHERE id=1")
    lamps.execute("UPDATE catalogue_product SET version=2, sku='S-2' WHERE id=2")
    lamps.execute("DELETE FROM catalogue_product WHERE id=3")
    insert(lamps, 4)
    assert report()[1]["counts"] == {"different": 1, "stale": 1, "extra": 1, "missing": 1}
    assert check("--repair")[0] == 0
    assert are_equal(lamps)


def test_the_last_event_of_a_product_that_was_lost_is_found_and_mended(lamps: Admin) -> None:
    lamps.call("PATCH", "/api/products/1", title="new")
    lamps.call("DELETE", "/api/products/2")
    lamps.execute("DELETE FROM outbox_outboxevent")
    assert report()[1]["counts"] == {"stale": 1, "extra": 1}
    assert check("--repair")[0] == 0
    assert are_equal(lamps)


def test_what_waits_in_the_outbox_is_not_told_for_drift_and_is_equal_once_it_has_come(lamps: Admin) -> None:
    lamps.call("PATCH", "/api/products/1", title="new")
    lamps.call("DELETE", "/api/products/2")
    create(lamps, "four")
    code, said = check("--wait", "0.2")
    assert code == 3
    assert said.startswith("unknown: cannot tell: 3 differ whose events may still be on their way. ")
    assert "Does the consumer run?" in said
    code, found = report("--wait", "0", "--repair")
    assert (code, found["verdict"], found["on_their_way"], found["repaired"]) == (3, "unknown", 3, {})
    follow()
    assert check()[0] == 0


@pytest.mark.django_db(transaction=True)
def test_what_comes_while_it_waits_makes_it_equal(lamps: Admin, tmp_path: Path) -> None:
    create(lamps, "four")
    consumer: list[Process] = []

    def start() -> None:
        environment = {"DATABASE_URL": database.url(), "ADMIN_URL": lamps.url}
        consumer.append(Process("consumer.py", folder=SERVICE, log=tmp_path / "consumer.log", **environment))

    timer = threading.Timer(1, start)
    timer.start()
    try:
        assert check("--wait", "30")[0] == 0
    finally:
        timer.join()
        consumer[0].stop()


@pytest.mark.django_db(transaction=True)
def test_a_product_under_constant_change_is_never_reported(lamps: Admin, tmp_path: Path) -> None:
    is_over = threading.Event()
    written = 0

    def change() -> None:
        nonlocal written
        while not is_over.is_set():
            written += 1
            lamps.call("PATCH", f"/api/products/{1 + written % 3}", title=f"lamp {written}")

    environment = {"DATABASE_URL": database.url(), "ADMIN_URL": lamps.url}
    writer = threading.Thread(target=change)
    with Process("consumer.py", folder=SERVICE, log=tmp_path / "consumer.log", **environment) as consumer:
        consumer.wait_for("consumer connected")
        writer.start()
        try:
            wait_until(lambda: written > 20)
            codes = [check("--repair")[0] for _ in range(8)]
        finally:
            is_over.set()
            writer.join()
        assert set(codes) == {0}
        wait_until(lambda: are_equal(lamps))


def test_a_restored_admin_is_ahead_of_and_only_downward_mends_it(lamps: Admin) -> None:
    lamps.back_up()
    lamps.call("PATCH", "/api/products/1", title="lost with the disk")
    create(lamps, "lost too")
    follow()
    lamps.restore()
    code, said = check("--repair")
    assert code == 1
    assert "ahead     product 1: admin has version 1, the copy version 2" in said
    assert "repaired: 1 extra" in said
    assert "manage.py skip_ids 4. --repair --downward takes its older state" in said
    assert check("--repair", "--downward")[0] == 0
    assert are_equal(lamps)


def test_what_breaks_the_contract_stays_drift_and_the_advice_is_another(lamps: Admin) -> None:
    insert(lamps, 4, title="x" * 201)
    code, said = check("--repair")
    assert code == 1
    assert "drift: 1 missing. What is left breaks the contract, or changed meanwhile" in said


def test_many_differences_are_counted_and_some_are_shown(lamps: Admin) -> None:
    insert(lamps, *range(10, 35))
    said = check()[1].splitlines()
    assert len(said) == 20 + 2
    assert said[20] == "  and 5 more (--json lists 1,000)"
    assert len(report()[1]["differences"]) == 25


@pytest.mark.parametrize("is_arriving", [False, True], ids=["waits in the outbox", "drift"])
def test_an_empty_copy_is_not_compared_to_its_end(
    lamps: Admin, is_arriving: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("drift.COARSE", "drift.FINE", "check.MANY"):
        monkeypatch.setattr(f"replica.{name}", 2)
    insert(lamps, *range(10, 35))
    Product.objects.all().delete()
    FeedCursor.objects.update(position=99 if is_arriving else 0)
    create(lamps, "pending")
    code, found = report("--wait", "0")
    assert (code, found["is_cut_short"], found["compared"] < 10) == (1 if is_arriving else 3, True, True)
    assert found["on_their_way"] + len(found["differences"]) < 10


def unknown(*arguments: str) -> str:
    code, said = check(*arguments)
    assert (code, said.count("\n")) == (3, 1)
    assert said.startswith("unknown: cannot tell: ")
    return said


def test_an_admin_that_is_away_is_one_line(lamps: Admin, settings: Settings) -> None:
    lamps.stop()
    assert re.search(r"admin at http://127\.0\.0\.1:\d+ \(ADMIN_URL\) gives no answer", unknown())
    assert report()[1]["error"] in unknown()


def test_what_is_no_answer_of_admins_is_one_line(lamps: Admin, settings: Settings) -> None:
    settings.ADMIN_URL = f"{lamps.url}/elsewhere"
    assert "answered 404: ADMIN_URL is not admin's base URL" in unknown()


def test_a_closed_admin_is_one_line_and_open_to_an_operator(
    make_admin: Callable[..., Admin], settings: Settings
) -> None:
    admin = make_admin(DEBUG="0", SECRET_KEY="abcde" * 10, ALLOWED_HOSTS="127.0.0.1")
    assert "answered 401: set ADMIN_TOKEN to a valid one" in unknown()
    settings.ADMIN_TOKEN = admin.make_token("operate")
    assert check()[0] == 0
    settings.ADMIN_TOKEN = admin.make_token("write")
    assert "answered 403: the token in ADMIN_TOKEN lacks the scope `operate`" in unknown()


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_down_is_one_line(lamps: Admin) -> None:
    with database.unreachable():
        assert "Check DATABASE_URL" in unknown()


@pytest.mark.parametrize("arguments", [("--wait", "nan"), ("--wait", "-1"), ("--wait", "soon"), ("--downward",)])
def test_arguments_that_make_no_sense_are_refused_before_anything_is_asked(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match=r"--wait: .* is no number of seconds|add --repair"):
        call_command("check_drift", *arguments)


@pytest.mark.django_db(transaction=True)
def test_the_process_ends_with_the_code_of_its_verdict(lamps: Admin, tmp_path: Path) -> None:
    def ended(*arguments: str, **environment: str) -> tuple[int, str]:
        given = {"DATABASE_URL": database.url(), "ADMIN_URL": lamps.url} | environment
        log = tmp_path / "check.log"
        with Process("manage.py", "check_drift", *arguments, folder=SERVICE, log=log, **given) as process:
            return process.wait(), process.output

    plant(4)
    assert ended()[0] == 1
    assert ended(ADMIN_URL="http://127.0.0.1:1")[0] == 3
    assert ended("--downward")[0] == 2
    assert ended("--repair")[0] == 0
    assert len(original(lamps)) == 3


def test_products_under_ids_that_none_can_have_are_extra(admin: Admin) -> None:
    create(admin, "one")
    follow()
    copied = Product.objects.get()
    for id in (0, -5):
        copied.id = id
        copied.save(force_insert=True)
    code, said = check("--wait", "5")
    assert (code, "2 extra" in said) == (1, True), said
    assert check("--repair", "--wait", "5")[0] == 0
    assert check()[0] == 0


def test_a_copy_is_not_compared_with_itself(settings: Settings, tmp_path: Path) -> None:
    """ADMIN_URL with service's own port is an easy mistake, and both answer the same questions."""
    command = ("-m", "gunicorn", "config.wsgi", "--no-control-socket", "--bind", "127.0.0.1:0")
    with Process(*command, folder=SERVICE, log=tmp_path / "web.log", DATABASE_URL=database.url()) as web:
        web.wait_for("Listening at")
        found = re.search(r"Listening at: (http://[0-9.:]+)", web.output)
        assert found
        settings.ADMIN_URL = found[1]
        code, said = check()
    assert (code, "ADMIN_URL is not admin's base URL" in said) == (3, True), said


def test_a_broker_that_only_one_of_the_two_uses_is_named(admin: Admin, settings: Settings) -> None:
    settings.BROKER_URL = "amqp://user:hunter2@127.0.0.1:1/vhost"
    code, said = check()
    assert (code, "uses no broker: take BROKER_URL away here" in said) == (3, True)
    assert "hunter2" not in said


def test_a_repair_is_kept_with_who_did_it(lamps: Admin) -> None:
    check()
    Product.objects.filter(id=1).delete()
    check("--repair")
    entries = AuditEntry.objects.order_by("id").values_list("via", "action", "target", "said")
    assert list(entries) == [
        ("command", "check", "the copy", ""),
        ("command", "begin repair", "the copy", ""),
        ("command", "end repair", "the copy", "repaired: 1 missing"),
    ]
