"""The drift check over HTTP, beside a real admin: asked for, followed, refused while another one goes on."""

from typing import Any

import pytest
from access.models import Scope, Token
from console.models import AuditEntry
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings
from replica import runs
from replica.models import DriftCheck, Product
from rest_framework.test import APIClient

from tests.admin import Admin
from tests.polling import wait_until
from tests.replica.pairs import create, follow, plant

pytestmark = pytest.mark.django_db
LIVE = pytest.mark.django_db(transaction=True)
CHECKS = "/api/drift-checks"


def ended(client: Client, answer: Any) -> dict[str, Any]:
    """What the run's address tells, once it has ended."""
    assert answer.status_code == 202
    where = answer.headers["Location"]
    assert answer.json()["state"] in ("running", "ended")  # where there was nothing to do
    wait_until(lambda: client.get(where).json()["state"] != "running")
    told: dict[str, Any] = client.get(where).json()
    return told


@LIVE
@pytest.mark.usefixtures("impatient")
def test_a_check_is_asked_for_and_followed_to_its_verdict(admin: Admin, client: Client) -> None:
    create(admin, "one", "two")
    follow()
    told = ended(client, client.post(CHECKS))
    assert (told["state"], told["verdict"], told["compared"], told["counts"]) == ("ended", "equal", 2, {})
    assert (told["kind"], told["by"], told["error"], told["said"]) == ("check", "anonymous", "", "")
    Product.objects.filter(id=1).delete()
    plant(7)
    told = ended(client, client.post(f"{CHECKS}/"))
    assert (told["verdict"], told["counts"]) == ("drift", {"missing": 1, "extra": 1})
    assert told["finished_at"] > told["started_at"]
    assert client.get(CHECKS).json() == [told, client.get(f"{CHECKS}/{told['id'] - 1}").json()]


@LIVE
def test_who_asked_is_known_by_the_token(settings: Settings, client: Client, admin: Admin) -> None:
    settings.IS_OPEN = False
    _, key = Token.objects.create_key(name="admin's worker", scope=Scope.OPERATE)
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {key}"}
    run = client.post(CHECKS, secure=True, **bearer).json()
    wait_until(lambda: not DriftCheck.objects.filter(finished_at=None).exists())
    assert run["by"] == "token admin's worker"
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.via, entry.action, entry.target) == ("token admin's worker", "api", "check", "the copy")
    assert entry.said == f"Check, run {run['id']}"


@LIVE
def test_an_admin_that_is_away_is_an_unknown_verdict_in_words(client: Client, settings: Settings) -> None:
    settings.ADMIN_URL = "http://127.0.0.1:1"
    told = ended(client, client.post(CHECKS))
    assert told["verdict"] == "unknown"
    assert "(ADMIN_URL) gives no answer" in told["error"]


def test_a_second_check_is_refused_with_the_one_that_goes_on(client: Client) -> None:
    going = runs.begin(kind=DriftCheck.Kind.REPAIR, by="ada")
    answer = client.post(CHECKS)
    assert (answer.status_code, answer.headers["Content-Type"]) == (409, "application/problem+json")
    assert (answer.json()["code"], answer.json()["running"]) == ("busy", going.pk)
    assert client.get(f"{CHECKS}/{going.pk}").json()["state"] == "running"
    assert DriftCheck.objects.count() == 1
    assert not AuditEntry.objects.exists()


def test_a_check_whose_process_was_killed_is_lost(client: Client) -> None:
    run = runs.begin(kind=DriftCheck.Kind.CHECK, by="ada", is_alone=True)
    DriftCheck.objects.update(beat_at="2026-01-02T03:04:05Z")
    assert client.get(f"{CHECKS}/{run.pk}").json()["state"] == "lost"
    assert [told["state"] for told in client.get(CHECKS).json()] == ["lost"]


@pytest.mark.parametrize("run_id", ["1", "0", "9" * 18, "9" * 19, "9" * 5000, "-1", "x", "%00", "1.5", "\u0663"])
def test_an_id_of_nothing_is_a_404(client: Client, run_id: str) -> None:
    answer = client.get(f"{CHECKS}/{run_id}")
    assert (answer.status_code, answer.json()["status"]) == (404, 404)


@LIVE
@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\0", b'{"kind": "repair"}'])
def test_whatever_is_sent_with_it_a_check_repairs_nothing(client: Client, settings: Settings, body: bytes) -> None:
    settings.ADMIN_URL = "http://127.0.0.1:1"
    assert ended(client, client.post(CHECKS, body, content_type="application/json"))["kind"] == "check"


def test_a_session_needs_the_token_against_forged_requests(boss: User, settings: Settings) -> None:
    settings.IS_OPEN = False
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(boss)
    assert client.post(CHECKS, secure=True).status_code == 403
    assert not DriftCheck.objects.exists()


def test_without_an_audit_entry_nothing_is_started(unnoted: None, client: Client) -> None:
    assert client.post(CHECKS).status_code == 503
    assert not DriftCheck.objects.exists()


def test_the_list_costs_the_same_for_many(client: Client, django_assert_num_queries: Any) -> None:
    for _ in range(9):
        runs.begin(kind=DriftCheck.Kind.CHECK, by="ada")
    with django_assert_num_queries(2):
        assert len(client.get(CHECKS).json()) == 9
