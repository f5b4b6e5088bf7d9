from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from catalogue.models import Product
from django.conf import settings as django_settings
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from outbox import wakeup
from rest_framework.test import APIClient

from tests.support import forget

PRODUCT_PERMISSIONS = ("view_product", "add_product", "change_product", "delete_product")


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


@pytest.fixture(autouse=True)
def no_message(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The jobs for which a message would go to the workers; nothing is sent."""
    sent: list[int] = []
    monkeypatch.setattr("jobs.sending.send_soon", sent.append)
    return sent


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


def person(name: str, *, may: tuple[str, ...] = (), **more: Any) -> User:
    """A user with these permissions; without a password, whose hash would take longer than the test."""
    user = User.objects.create_user(name, **{"is_staff": True, **more})
    user.user_permissions.set(Permission.objects.filter(codename__in=may))
    return user


def browser(user: User | None = None, **options: Any) -> Client:
    """What a person uses: logged in where a user is given; it follows nothing and hides no error."""
    found = Client(**options)
    if user:
        found.force_login(user)
    return found


@pytest.fixture
def unnoted(transactional_db: None) -> Iterator[None]:
    """Nothing can be written into the audit."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE console_auditentry RENAME TO console_away")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE console_away RENAME TO console_auditentry")


@pytest.fixture
def boss(db: None) -> User:
    """A superuser."""
    return person("boss", is_superuser=True)


@pytest.fixture
def editor(db: None) -> User:
    return person("editor", may=PRODUCT_PERMISSIONS)


@pytest.fixture
def newcomer(db: None) -> User:
    """Of the staff, and without any permission yet."""
    return person("newcomer")
