import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from inbox import subscription
from pytest_django import Settings
from replica import settle

from tests.admin import Admin


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """A property that is broken is tried hundreds of times; the log of them all would bury what was found."""
    caplog.set_level(logging.CRITICAL)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests in which no consumer has anything in hand."""
    monkeypatch.setattr(settle, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(subscription, "seconds_in_hand", lambda: 0.1)


@pytest.fixture(scope="session")
def running_admin(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admin]:
    with Admin(template, tmp_path_factory.mktemp("running")) as admin:
        yield admin


@pytest.fixture
def admin(running_admin: Admin, settings: Settings) -> Admin:
    """One process for all these tests, without anything in it."""
    running_admin.clear()
    settings.ADMIN_URL = running_admin.url
    return running_admin
