"""The doctor's page: who may see it, and what stands there."""

from typing import Any

import pytest
from config import checkup
from console.findings import failed, ok
from django.contrib.auth.models import User
from django.test import Client

from tests.conftest import browser, person

pytestmark = pytest.mark.django_db
PAGE = "/admin/sync/doctor"


@pytest.fixture(autouse=True)
def alone(settings: Any) -> None:
    settings.BROKER_URL = ""
    settings.OTHER_SIDE = settings.OTHER_SIDE | {"url": ""}


def test_it_is_for_who_may_see_the_processes(newcomer: User) -> None:
    assert Client().get(PAGE).status_code == 302
    assert browser(newcomer).get(PAGE).status_code == 403
    assert browser(person("watcher", may=("view_process",))).post(PAGE).status_code == 405


def test_each_check_stands_there_with_its_verdict(boss: User) -> None:
    answer = browser(boss).get(PAGE)
    page = answer.content.decode()
    assert answer.status_code == 200
    for text in ("database version", "all are applied", "not used: "):
        assert text in page


def test_hostile_text_is_text(boss: User, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "<script>alert(1)</script>" + "x" * 9000
    monkeypatch.setattr(checkup, "CHECKS", [("a", lambda: [failed("a", hostile, "Mend <it>."), ok("b", "well")])])
    page = browser(boss).get(PAGE).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "1 of 2 checks want a look" in page
