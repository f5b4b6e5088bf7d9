from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.contrib.auth.models import User
from django.db import connection
from inbox.conf import InboxConf
from inbox.sources.amqp import AmqpSource
from pytest_django import Settings

from tests.admin import Admin, migrate
from tests.broker import Broker
from tests.people import person

# Bounded, and without a memory of past failures; a slow machine is no failure.
hypothesis.settings.register_profile("service", max_examples=40, deadline=None, database=None)
hypothesis.settings.load_profile("service")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite in a file, as in production: with WAL, and visible to the processes that tests start."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "service.sqlite3")


@pytest.fixture
def broker() -> Iterator[Broker]:
    """The real broker, with admin's exchange and without service's queues; left without any of them."""
    with Broker() as broker:
        broker.clear()
        broker.declare_exchange()
        yield broker
        broker.clear()


@pytest.fixture
def make_source(broker: Broker, settings: Settings) -> Iterator[Callable[..., Any]]:
    """Makes sources, of AmqpSource or a class under it; those of a test are closed when it ends."""
    sources: list[AmqpSource] = []

    def make_source(kind: type[AmqpSource] = AmqpSource, *, url: str = broker.url, **knobs: Any) -> AmqpSource:
        settings.BROKER_URL = url
        settings.INBOX = InboxConf(**knobs)
        sources.append(kind())
        return sources[-1]

    yield make_source
    for source in sources:
        source.dispose()


@pytest.fixture
def open_source(make_source: Callable[..., AmqpSource]) -> Callable[..., AmqpSource]:
    def open_source(**options: Any) -> AmqpSource:
        source = make_source(**options)
        source.open()
        return source

    return open_source


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Admin's empty database."""
    database = tmp_path_factory.mktemp("admin") / "template.sqlite3"
    migrate(database)
    return database


@pytest.fixture
def make_admin(template: Path, tmp_path: Path, settings: Settings) -> Iterator[Callable[..., Admin]]:
    made: list[Admin] = []

    def make_admin(**environment: str) -> Admin:
        admin = Admin(template, tmp_path, **environment)
        made.append(admin)
        admin.start()
        settings.ADMIN_URL = admin.url
        return admin

    yield make_admin
    for admin in made:
        admin.stop()


@pytest.fixture
def admin(make_admin: Callable[..., Admin]) -> Admin:
    return make_admin()


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
def newcomer(db: None) -> User:
    """Of the staff, and without any permission yet."""
    return person("newcomer")
