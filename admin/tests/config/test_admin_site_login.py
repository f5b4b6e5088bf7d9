"""The login: its guards, its cookies, and whom it locks out."""

import re
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from tests.conftest import browser, person

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


def log_in(password: str = PASSWORD, *, client: Client | None = None, name: str = "ann", **headers: Any) -> Any:
    return (client or browser()).post(LOGIN, {"username": name, "password": password}, **headers)


@pytest.mark.parametrize("url", [LOGIN, "/admin/login/"])
def test_a_login_leads_to_the_pages(ann: User, url: str) -> None:
    client = browser()
    assert client.post(url, {"username": "ann", "password": PASSWORD}).headers["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    client.post("/admin/logout/")
    assert client.get("/admin/").status_code == 302


def test_a_wrong_password_is_told(ann: User) -> None:
    answer = log_in("wrong")
    assert answer.status_code == 200
    assert b"Please enter the correct username and password" in answer.content


def test_a_forged_login_is_refused(ann: User) -> None:
    assert log_in(client=browser(enforce_csrf_checks=True)).status_code == 403


@pytest.mark.parametrize("is_https", [True, False])
def test_cookies_are_out_of_reach(ann: User, settings: Any, is_https: bool) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = is_https
    client = browser()
    log_in(client=client)
    session, csrf = client.cookies["lockstep_admin_session"], client.cookies["lockstep_admin_csrf"]
    assert (session["httponly"], session["samesite"], bool(session["secure"])) == (True, "Lax", is_https)
    assert (csrf["samesite"], bool(csrf["secure"])) == ("Lax", is_https)


def test_after_five_wrong_passwords_the_right_one_is_of_no_use_for_a_quarter_of_an_hour(ann: User) -> None:
    statuses = [log_in("wrong").status_code for _ in range(LIMIT)]
    assert statuses == [200] * (LIMIT - 1) + [429]
    answer = log_in()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")
    assert b"15 minutes" in answer.content
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
    """What the client claims by itself would give it another five for each invented address."""
    settings.TRUSTED_PROXIES = proxies
    told = ["198.51.100.7", "192.0.2.9"][:proxies]
    answers = [log_in("wrong", HTTP_X_FORWARDED_FOR=", ".join([f"10.0.0.{n}", *told])) for n in range(LIMIT)]
    assert answers[-1].status_code == 429
    attempt = AccessAttempt.objects.get()
    assert attempt.ip_address == (told[0] if told else "127.0.0.1")


@pytest.mark.parametrize("proxies", [0, 1, 2])
@pytest.mark.parametrize("header", ["", ",", "nonsense", "192.0.2.1", "[2001:db8::1]:443", "x" * 5000, "[", "a]:b[:1"])
def test_no_header_is_a_server_error(ann: User, settings: Any, proxies: int, header: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert log_in("wrong", HTTP_X_FORWARDED_FOR=header).status_code == 200


@pytest.mark.parametrize(
    ("header", "ip"),
    [
        ("198.51.100.7:5123", "198.51.100.7"),
        ("[2001:DB8::1]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("nonsense", "127.0.0.1"),
    ],
)
def test_an_address_may_have_a_port(ann: User, settings: Any, header: str, ip: str) -> None:
    settings.TRUSTED_PROXIES = 1
    log_in("wrong", HTTP_X_FORWARDED_FOR=header)
    assert AccessAttempt.objects.get().ip_address == ip


@pytest.mark.parametrize("name", ["", "x" * 5000, "a\0b", "Ann\u0301", "😀"])
def test_no_name_is_a_server_error(ann: User, name: str) -> None:
    assert log_in("wrong", name=name).status_code == 200


def test_behind_a_proxy_with_tls_a_form_can_be_sent(ann: User, settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client = browser(enforce_csrf_checks=True, headers={"X-Forwarded-Proto": "https", "Host": "testserver"})
    form = client.get(LOGIN)
    fields = {"username": "ann", "password": PASSWORD, "csrfmiddlewaretoken": form.context["csrf_token"]}
    origin = {"Origin": "https://testserver"}
    assert client.post(LOGIN, fields, headers=origin).headers["Location"] == "/admin/"
    assert client.post(LOGIN, fields, headers={"Origin": "https://evil.example"}).status_code == 403


def test_the_page_says_whose_it_is_and_loads_nothing_from_elsewhere(ann: User) -> None:
    client = browser(ann)
    for path in ("/admin/login/", "/admin/", "/admin/password_change/"):
        text = client.get(path, follow=True).content.decode()
        assert "Lockstep admin" in text
        assert re.findall(r"(?:src|href|action)=\"(?:https?:)?//[^\"]*", text) == []


def test_the_address_without_its_slash_leads_there_too() -> None:
    assert browser().get("/admin").headers["Location"] == "/admin/"


def test_a_name_that_is_too_long_is_locked_out_too() -> None:
    assert [log_in("wrong", name="x" * 5000).status_code for _ in range(LIMIT)][-1] == 429
