"""The drift check in the pages, beside a real admin: asked for, followed, repaired, refused in words."""

from html import unescape
from typing import Any

import pytest
from console.models import AuditEntry
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings
from replica import runs
from replica.drift import Kind
from replica.models import DriftCheck, Product

from tests.admin import Admin
from tests.people import browser, person
from tests.polling import wait_until
from tests.replica.pairs import are_equal, create, follow, plant

pytestmark = pytest.mark.django_db
LIST = "/admin/replica/driftcheck/"
LIVE = pytest.mark.django_db(transaction=True)


def page(client: Client, path: str = LIST) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def start(client: Client, kind: str = "check", ids: str = "") -> Any:
    return client.post(f"{LIST}start/", {"kind": kind, "ids": ids})


def waited(client: Client, answer: Any) -> str:
    """The page of the run that was started, once it has ended."""
    assert (answer.status_code, answer.headers["Location"][:26]) == (302, LIST)
    wait_until(lambda: not DriftCheck.objects.filter(finished_at=None).exists())
    return page(client, answer.headers["Location"])


def run(**more: Any) -> DriftCheck:
    row = runs.begin(kind=DriftCheck.Kind.CHECK, by="ada")
    DriftCheck.objects.filter(pk=row.pk).update(
        **{"finished_at": row.beat_at, "verdict": "drift"} | more if "finished_at" not in more else more
    )
    return DriftCheck.objects.get(pk=row.pk)


def differing(*ids: int, kind: Kind = Kind.STALE, **more: Any) -> DriftCheck:
    rows = [{"id": id, "kind": kind, "admin_version": 2, "copy_version": 1, "is_repaired": False} for id in ids]
    return run(counts={kind: len(ids)}, differences=rows, **more)


def test_before_the_first_run_the_page_says_what_one_is(boss: User) -> None:
    text = page(browser(boss))
    assert "The two sides were never compared." in text
    assert "Run now" in text


@LIVE
@pytest.mark.usefixtures("impatient")
def test_a_check_is_run_and_its_differences_are_listed_and_repaired(admin: Admin, boss: User) -> None:
    create(admin, "one", "two")
    follow()
    Product.objects.filter(id=1).delete()
    plant(7)
    client = browser(boss)
    text = waited(client, start(client))
    assert "2 products differ" in text
    row = DriftCheck.objects.get()
    assert (row.by, row.kind, row.counts) == ("boss", "check", {"missing": 1, "extra": 1})
    asked = client.post(f"{LIST}{row.pk}/repair/", {"all": "", "kind": ""}).content.decode()
    assert "Repair 2 products?" in asked
    assert 'name="ids" value="1,7"' in asked
    text = waited(client, start(client, "repair", "1,7"))
    assert "All 2 are what admin has, 2 repaired" in text
    assert are_equal(admin)
    row.refresh_from_db()
    assert (row.verdict, row.counts, row.repaired) == ("equal", {}, {"missing": 1, "extra": 1})
    assert list(AuditEntry.objects.order_by("id").values_list("actor", "action", "target")) == [
        ("boss", "check", "the copy"),
        ("boss", "repair", "2 products"),
    ]


@LIVE
@pytest.mark.usefixtures("impatient")
def test_what_is_ahead_is_taken_back_only_where_that_was_asked_for(admin: Admin, boss: User) -> None:
    create(admin, "one")
    follow()
    Product.objects.update(version=9, title="newer")
    client = browser(boss)
    waited(client, start(client))
    asked = client.post(f"{LIST}{DriftCheck.objects.get().pk}/repair/", {"id": "1"}).content.decode()
    assert "Admin was restored from a backup: make the copy take its older state" in asked
    assert "manage.py skip_ids 1" in asked
    assert "1 product differs" in waited(client, start(client, "repair", "1"))
    assert not are_equal(admin)
    checked = client.post(f"{LIST}start/", {"kind": ["repair", "repair_downward"], "ids": "1"})
    assert "is what admin has" in waited(client, checked)
    assert are_equal(admin)


@LIVE
def test_an_admin_that_is_away_is_said_in_words(admin: Admin, boss: User, settings: Settings) -> None:
    settings.ADMIN_URL = "http://127.0.0.1:1"
    client = browser(boss)
    assert "(ADMIN_URL) gives no answer" in waited(client, start(client))
    settings.ADMIN_URL, settings.BROKER_URL = admin.url, "amqp://user:hunter2@127.0.0.1:1/vhost"
    text = waited(client, start(client))
    assert "uses no broker: take BROKER_URL away here" in text
    assert "hunter2" not in text


def test_a_second_run_is_refused_in_words_while_one_goes_on(boss: User) -> None:
    runs.begin(kind=DriftCheck.Kind.CHECK, by="ada")
    client = browser(boss)
    answer = start(client)
    assert answer.headers["Location"] == LIST
    text = page(client)
    assert "another run goes on" in text
    assert "Run now" not in text
    assert 'data-live=""' in text
    assert DriftCheck.objects.count() == 1
    assert not AuditEntry.objects.exists()


def test_a_run_whose_process_ended_says_so_and_can_be_run_again(boss: User) -> None:
    row = runs.begin(kind=DriftCheck.Kind.CHECK, by="ada", is_alone=True)
    DriftCheck.objects.update(beat_at="2026-01-02T03:04:05Z")
    text = page(browser(boss))
    assert "Cut short" in text
    assert "Run now" in text
    assert 'data-live=""' not in page(browser(boss), f"{LIST}{row.pk}/change/")


@pytest.mark.parametrize(
    ("kind", "ids", "words"),
    [
        ("everything", "", "Select a valid choice"),
        ("repair", "1,x", "by their numbers"),
        ("repair", "9" * 30, "by their numbers"),
        ("repair", ",", "by their numbers"),
        ("repair", " ", "by their numbers"),
        ("repair", "1," + "9" * 30, "by their numbers"),
        ("repair", "1_0", "by their numbers"),
        ("repair", "\u0661", "by their numbers"),
        ("repair", "+1", "by their numbers"),
        ("repair", str(2**63), "by their numbers"),
        ("repair", ",".join(map(str, range(1001))), "At most 1,000 products"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(boss: User, kind: str, ids: str, words: str) -> None:
    client = browser(boss)
    assert start(client, kind, ids).headers["Location"] == LIST
    assert words in page(client)
    assert not DriftCheck.objects.exists()


@pytest.mark.parametrize(
    ("may", "kind"), [("view_driftcheck", "check"), ("add_driftcheck", "repair"), ("repair_driftcheck", "check")]
)
def test_who_may_not_ask_for_a_run_gets_none(may: str, kind: str) -> None:
    assert start(browser(person("ada", may=(may,))), kind).status_code == 403
    assert not DriftCheck.objects.exists()


def test_who_may_only_look_is_offered_nothing_else() -> None:
    client = browser(person("ada", may=("view_driftcheck",)))
    row = differing(1)
    text = page(client) + page(client, f"{LIST}{row.pk}/change/")
    assert "<button" not in text.partition('class="ls-page"')[2].replace("<button type", "")
    assert client.post(f"{LIST}{row.pk}/repair/", {"all": ""}).status_code == 403


def test_a_run_is_asked_for_by_post_alone(boss: User) -> None:
    assert browser(boss).get(f"{LIST}start/").status_code == 405
    assert browser(boss, enforce_csrf_checks=True).post(f"{LIST}start/", {"kind": "check"}).status_code == 403
    assert not DriftCheck.objects.exists()


def test_differences_are_shown_by_kind_and_in_pages(boss: User) -> None:
    row = differing(*range(1, 251))
    client = browser(boss)
    assert "1 to 100 of 250" in page(client, f"{LIST}{row.pk}/change/")
    assert "201 to 250 of 250" in page(client, f"{LIST}{row.pk}/change/?p=3")
    assert "None of this kind." in page(client, f"{LIST}{row.pk}/change/?kind=extra")
    assert client.get(f"{LIST}{row.pk + 1}/change/").status_code == 404


def test_where_more_differ_than_are_listed_all_means_all_products(boss: User) -> None:
    row = differing(1, 2)
    DriftCheck.objects.update(counts={"stale": 5000}, is_cut_short=True)
    client = browser(boss)
    assert "4,998 more differ that are not listed" in page(client, f"{LIST}{row.pk}/change/")
    asked = client.post(f"{LIST}{row.pk}/repair/", {"all": ""}).content.decode()
    assert "All products are compared again" in asked
    assert 'name="ids" value=""' in asked
    assert 'name="ids" value="1"' in client.post(f"{LIST}{row.pk}/repair/", {"id": ["1", "9"]}).content.decode()


def test_hostile_text_is_text(boss: User) -> None:
    row = run(error='<script>alert("x")</script>' + "x" * 900, verdict="unknown")
    for path in (LIST, f"{LIST}{row.pk}/change/"):
        assert b"<script>alert" not in browser(boss).get(path).content


def test_a_product_under_an_id_that_none_can_have_is_listed_without_a_link(boss: User) -> None:
    assert ">-4<" in page(browser(boss), f"{LIST}{differing(-4, kind=Kind.EXTRA).pk}/change/")
