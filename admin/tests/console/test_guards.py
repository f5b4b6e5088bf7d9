"""Nothing that can be written into a URL or a form of the pages is a server error, whatever the database."""

from typing import Any

import pytest
from console.models import AuditEntry
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import models
from django.test import Client
from django.urls import reverse
from processes.models import Pause

from tests.conftest import browser

pytestmark = pytest.mark.django_db(transaction=True)  # PostgreSQL ends one over some of it
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
NUL, HUGE, LONG = "\0", "9" * 40, "9" * 5000
MOMENTS = ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"]
VALUES = {"exact": [NUL, HUGE], "gte": [*MOMENTS, NUL, HUGE], "lt": MOMENTS, "in": [NUL, HUGE]}
OWN = [f"{name}={value}" for name in ("q", "p", "o", "after", "product", "state", "kind") for value in ("%00", HUGE)]
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)


@pytest.fixture
def page(boss: User) -> Client:
    """It does not raise what the server fails at, and a failure is a status of 500."""
    return browser(boss, raise_request_exception=False)


def place(model: type[models.Model], name: str = "changelist") -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}")


@every_model
def test_no_filter_is_a_server_error(page: Client, model: type[models.Model]) -> None:
    asked = [
        {f"{field.name}__{lookup}": value}
        for field in model._meta.fields
        for lookup, values in VALUES.items()
        for value in values
    ]
    for query in asked:
        assert page.get(place(model), query).status_code < 500, query
    for text in OWN:
        assert page.get(f"{place(model)}?{text}").status_code < 500, text


@every_model
@pytest.mark.parametrize("id", ["%00", "x%00", HUGE, LONG, "-1", "%D9%A1"])
def test_no_id_is_a_server_error(page: Client, model: type[models.Model], id: str) -> None:
    for name in ("change", "delete", "history", "password"):
        assert page.get(f"{place(model)}{id}/{name}/").status_code < 500, name


@every_model
@pytest.mark.parametrize("chosen", [NUL, HUGE, LONG, "x", "-1", "\u0661"])
def test_no_choice_is_a_server_error(page: Client, model: type[models.Model], chosen: str) -> None:
    for action in ("delete_selected", "revoke"):
        fields = {"action": action, "_selected_action": [chosen], "post": "yes"}
        assert page.post(place(model), fields).status_code < 500, action
    assert User.objects.filter(username="boss").exists()


def test_a_filter_that_no_database_takes_leads_back_in_words(page: Client) -> None:
    answer = page.get(place(AuditEntry), {"at__gte": MOMENTS[0]})
    assert (answer.status_code, answer.headers["Location"]) == (302, place(AuditEntry))
    assert "This filter makes no sense." in page.get(place(AuditEntry)).content.decode()


def test_no_form_of_a_user_is_a_server_error(page: Client, boss: User) -> None:
    for chosen in (NUL, HUGE):
        fields: dict[str, Any] = {"username": "boss", "groups": [chosen], "user_permissions": [chosen]}
        assert page.post(f"{place(User)}{boss.pk}/change/", fields).status_code < 500


def test_a_reason_is_kept_without_its_nul(page: Client, settings: Any) -> None:
    settings.BROKER_URL = "amqp://user:hunter2@127.0.0.1:1/"
    page.post("/admin/sync/pause", {"reason": "\0a re\0ason"})
    assert Pause.objects.get().reason == AuditEntry.objects.get().said == "a reason"
