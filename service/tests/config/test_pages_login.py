"""The login as service's own settings make it. How it guards stands in files that admin has too and tests."""

import re
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import browser, person

pytestmark = pytest.mark.django_db
LOGIN = "/admin/login/?next=/admin/"
PASSWORD = "a-lamp-of-brass-17"
LIMIT = 5


@pytest.fixture
def ann(db: None, settings: Any) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # no test can wait for a good one
    user = person("ann")
    user.set_password(PASSWORD)
    user.save()
    return user


def log_in(password: str = PASSWORD, *, name: str = "ann", **headers: Any) -> Any:
    return browser().post(LOGIN, {"username": name, "password": password}, **headers)


@pytest.mark.parametrize("url", [LOGIN, "/admin/login/"])
def test_a_login_leads_to_the_pages(ann: User, url: str) -> None:
    client = browser()
    assert client.post(url, {"username": "ann", "password": PASSWORD}).headers["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    client.post("/admin/logout/")
    assert client.get("/admin/").status_code == 302


def test_a_forged_login_is_refused(ann: User) -> None:
    fields = {"username": "ann", "password": PASSWORD}
    assert browser(enforce_csrf_checks=True).post(LOGIN, fields).status_code == 403


@pytest.mark.parametrize("is_https", [True, False])
def test_cookies_are_out_of_reach_and_not_those_of_admin_on_the_same_host(
    ann: User, settings: Any, is_https: bool
) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = is_https
    cookies = log_in().cookies
    assert set(cookies) == {"lockstep_service_session", "lockstep_service_csrf"}
    session, csrf = cookies["lockstep_service_session"], cookies["lockstep_service_csrf"]
    assert (session["httponly"], session["samesite"], bool(session["secure"])) == (True, "Lax", is_https)
    assert (csrf["samesite"], bool(csrf["secure"])) == ("Lax", is_https)
    assert session["max-age"] == 12 * 3600


def test_after_five_wrong_passwords_the_right_one_is_of_no_use_for_a_quarter_of_an_hour(ann: User) -> None:
    assert [log_in("wrong").status_code for _ in range(LIMIT)] == [200] * (LIMIT - 1) + [429]
    answer = log_in()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")
    assert b"15 minutes" in answer.content
    assert b"Lockstep service" in answer.content
    assert answer.headers["Content-Type"].startswith("text/html")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))
    assert log_in().status_code == 302


def test_a_success_forgets_the_failures(ann: User) -> None:
    for _ in range(2):
        for _ in range(LIMIT - 1):
            log_in("wrong")
        assert log_in().status_code == 302


def test_one_is_locked_out_and_not_the_others(ann: User) -> None:
    """Neither another user at that address, nor this user at another one."""
    for _ in range(LIMIT):
        log_in("wrong", name="bob")
    assert log_in("wrong", name="bob").status_code == 429
    assert log_in().status_code == 302
    for _ in range(LIMIT):
        log_in("wrong", REMOTE_ADDR="192.0.2.1")
    assert log_in().status_code == 302


@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_the_address_is_the_one_that_our_proxies_tell(ann: User, settings: Any, proxies: int) -> None:
    settings.TRUSTED_PROXIES = proxies
    told = ["198.51.100.7", "192.0.2.9"][:proxies]
    answers = [log_in("wrong", HTTP_X_FORWARDED_FOR=", ".join([f"10.0.0.{n}", *told])) for n in range(LIMIT)]
    assert answers[-1].status_code == 429
    assert AccessAttempt.objects.get().ip_address == (told[0] if told else "127.0.0.1")


def test_a_password_that_everybody_has_is_refused(boss: User) -> None:
    fields = {"username": "bob", "usable_password": "true", "password1": "password123", "password2": "password123"}
    answer = browser(boss).post("/admin/auth/user/add/", fields)
    assert "too common" in str(answer.context["adminform"].form.errors)


def test_a_token_that_is_made_here_opens_the_api(boss: User, settings: Any) -> None:
    made = browser(boss).post("/admin/access/token/add/", {"name": "shop", "scope": "read", "days": 30})
    settings.IS_OPEN = False
    headers = {"Authorization": f"Bearer {made.context['key']}"}
    assert browser().get("/api/products", headers=headers).status_code == 200
    assert browser().get("/api/products").status_code == 401


def test_times_are_written_as_on_admin(boss: User) -> None:
    browser(boss).post("/admin/access/token/add/", {"name": "shop", "scope": "read", "days": 30})
    until = timezone.now() + timedelta(days=30)
    assert re.search(
        rf"\b{until:%Y-%m-%d} \d\d:\d\d:\d\d\b", browser(boss).get("/admin/access/token/").content.decode()
    )


def test_the_pages_say_whose_they_are_and_load_nothing_from_elsewhere(ann: User) -> None:
    client = browser(ann)
    for path in ("/admin/login/", "/admin/", "/admin/password_change/"):
        text = client.get(path, follow=True).content.decode()
        assert "Lockstep service" in text
        assert re.findall(r"(?:src|href|action)=\"(?:https?:)?//[^\"]*", text) == []


def test_the_sidebar_leads_the_boss_to_who_may_come_in_and_nobody_else(boss: User, newcomer: User) -> None:
    lists = {f'href="/admin/{model}/"' for model in ("access/token", "auth/user", "auth/group")}
    seen = {name: browser(user).get("/admin/").content.decode() for name, user in (("b", boss), ("n", newcomer))}
    assert {link for link in lists if link in seen["b"]} == lists
    assert {link for link in lists if link in seen["n"]} == set()


def test_the_address_without_its_slash_leads_there_too() -> None:
    assert browser().get("/admin").headers["Location"] == "/admin/"


def test_who_asks_the_api_without_a_session_costs_no_statement_for_it(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert browser().get("/api/products/no-number").status_code == 404
    with CaptureQueriesContext(connection) as captured:
        assert browser().get("/api/products").status_code == 200
    assert [query["sql"] for query in captured if "session" in query["sql"] or "auth_user" in query["sql"]] == []
