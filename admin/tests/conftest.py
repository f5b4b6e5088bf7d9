from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from catalogue.models import Product
from django.conf import settings as django_settings
from outbox import wakeup
from rest_framework.test import APIClient

from tests.support import forget


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite in a file, as it is used: Django's own choice, in memory, has other locks and one process alone sees it.

    MariaDB with a collation that takes unlike texts for equal, as its default does, since not everybody changes that.
    """
    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
    elif database["ENGINE"].endswith("mysql"):
        database["TEST"] |= {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_unicode_ci"}


@pytest.fixture(autouse=True)
def forgotten_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A web process remembers for a few seconds where the relay listens; the next test has another one."""
    monkeypatch.setattr(wakeup, "_relay", (0.0, None))


@pytest.fixture(scope="session", autouse=True)
def closed_at_the_end() -> Iterator[None]:
    """What a process keeps open as long as it lives would be a warning, thus an error, at this one's end."""
    yield
    wakeup._sender.close()


@pytest.fixture
def conf(settings: Any) -> Callable[..., None]:
    """Turns the outbox's knobs, also beyond their bounds where a test would have to wait otherwise."""

    def turn(**changes: Any) -> None:
        settings.OUTBOX = msgspec.structs.replace(settings.OUTBOX, **changes)

    return turn


@pytest.fixture
def embedded(settings: Any) -> None:
    """No broker: subscribers pull."""
    settings.BROKER_URL = ""


class JSONClient(APIClient):
    default_format = "json"


@pytest.fixture
def client() -> APIClient:
    """A stranger's HTTP client; what the server fails at is an answer for it, not an exception."""
    return JSONClient(raise_request_exception=False)


@pytest.fixture
def lamp(db: None) -> Product:
    """A product that is there already; its own event is forgotten."""
    product = Product.objects.create(
        title="Lamp", description="A lamp.", price="19.90", image="https://images.example.com/lamp.jpg", sku="L-1"
    )
    forget()
    return Product.objects.get(pk=product.pk)
