"""Tokens and people in the pages."""

import re
from typing import Any

import pytest
from access.models import Scope, Token
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_api_key.models import APIKey

from tests.conftest import browser

pytestmark = pytest.mark.django_db
LIST = "/admin/access/token/"


@pytest.fixture
def page(boss: User) -> Client:
    return browser(boss)


def make(page: Client, **fields: Any) -> Any:
    return page.post(f"{LIST}add/", {"name": "shop", "scope": "write", "days": 30} | fields)


def test_a_token_is_shown_once_and_works(page: Client, client: APIClient, settings: Any) -> None:
    answer = make(page)
    token = Token.objects.get()
    key = answer.context["key"]
    assert answer.content.decode().count(key) == 1
    assert "no-store" in answer.headers["Cache-Control"]
    assert not any(key in str(cookie) for cookie in page.cookies.values())
    secret = key.partition(".")[2]
    assert secret not in page.get(LIST).content.decode()
    assert secret not in str(LogEntry.objects.values())
    assert (token.name, token.scope) == ("shop", Scope.WRITE)
    assert token.expiry_date
    assert (token.expiry_date - timezone.now()).days in (29, 30)
    settings.IS_OPEN = False
    assert client.post("/api/products", {"title": "Lamp"}, HTTP_AUTHORIZATION=f"Bearer {key}").status_code == 201


@pytest.mark.parametrize("wrong", [{"days": 0}, {"days": 3651}, {"days": ""}, {"name": ""}, {"scope": "all"}])
def test_a_token_ends_and_has_a_name_and_a_scope(page: Client, wrong: dict[str, Any]) -> None:
    assert list(make(page, **wrong).context["adminform"].form.errors) == list(wrong)
    assert not Token.objects.exists()


def test_tokens_are_revoked(page: Client, client: APIClient, settings: Any) -> None:
    keys = [make(page).context["key"] for _ in range(2)]
    revoked = Token.objects.get_from_key(keys[0])
    page.post(LIST, {"action": "revoke", "_selected_action": [revoked.pk]})
    settings.IS_OPEN = False
    statuses = [client.get("/api/products", HTTP_AUTHORIZATION=f"Bearer {key}").status_code for key in keys]
    assert statuses == [401, 200]
    assert LogEntry.objects.latest("pk").change_message == "Revoked."
    text = page.get(LIST).content.decode()
    assert len(re.findall(r">\s*revoked\s*<", text)) == 1


def test_a_token_is_neither_changed_nor_deleted(page: Client) -> None:
    make(page)
    before = Token.objects.values().get()
    assert page.post(f"{LIST}{before['id']}/change/", {"name": "other"}).status_code in (302, 403)
    page.post(LIST, {"action": "delete_selected", "_selected_action": [before["id"]], "post": "yes"})
    assert Token.objects.values().get() == before


def test_the_library_s_own_keys_are_not_there() -> None:
    assert not admin.site.is_registered(APIKey)
    assert admin.site.is_registered(Token)


def test_a_user_of_the_staff_cannot_raise_themselves_or_others(editor: User) -> None:
    editor.user_permissions.set(Permission.objects.all())
    page = browser(editor)
    for path in (f"auth/user/{editor.pk}/change/", "auth/user/add/", "auth/group/add/", "access/token/add/"):
        assert page.post(f"/admin/{path}", {"is_superuser": "on"}).status_code == 403


def test_a_user_is_made_with_a_password_that_is_not_everybody_s(page: Client) -> None:
    def add(password: str) -> Any:
        fields = {"username": "ann", "usable_password": "true", "password1": password, "password2": password}
        return page.post("/admin/auth/user/add/", fields)

    assert "too common" in str(add("password123").context["adminform"].form.errors)
    assert add("a-lamp-of-brass-17").status_code == 302
    assert User.objects.get(username="ann").check_password("a-lamp-of-brass-17")
    page.post("/admin/auth/group/add/", {"name": "Editors"})
    assert Group.objects.get().name == "Editors"
