"""What the environment may say, and what is refused in one line before anything starts."""

import os
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

from tests.support import ADMIN

Load = Callable[..., dict[str, Any]]
KEY = "abcde" * 10
PRODUCTION = {"SECRET_KEY": KEY, "ALLOWED_HOSTS": "shop.example.com"}
SECRET = "hunter2"


@pytest.fixture
def load() -> Load:
    """The settings module as a new process with this environment reads it."""

    def settings(**environment: str) -> dict[str, Any]:
        with (
            mock.patch.dict(os.environ, environment, clear=True),
            mock.patch.object(environ.FileAwareEnv, "ENVIRON", FileAwareMapping()),
        ):
            return runpy.run_path(str(ADMIN / "config" / "settings.py"))

    return settings


def test_development_needs_no_setting_but_debug(load: Load) -> None:
    settings = load(DEBUG="1")
    assert settings["DATABASES"]["default"]["ENGINE"] == "django.db.backends.sqlite3"
    assert settings["BROKER_URL"] == ""
    assert settings["IS_OPEN"] is True


@pytest.mark.parametrize("debug", ["0", "", "maybe"])
def test_production_is_what_is_not_development(load: Load, debug: str) -> None:
    settings = load(DEBUG=debug, **PRODUCTION)
    assert settings["DEBUG"] is False
    assert settings["ALLOWED_HOSTS"] == ["shop.example.com"]
    assert settings["IS_OPEN"] is False
    assert settings["SECURE_SSL_REDIRECT"] is True


def test_a_secret_may_stand_in_a_file(load: Load, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{KEY}\n")
    assert load(SECRET_KEY_FILE=str(file), ALLOWED_HOSTS="shop.example.com")["SECRET_KEY"] == KEY


def test_a_broker_url_is_passed_on_as_it_is(load: Load) -> None:
    url = "amqps://user:p%40ss@broker.example.com:5671/%2Fvhost?heartbeat=10"
    assert load(DEBUG="1", BROKER_URL=url)["BROKER_URL"] == url


def test_a_broker_may_have_several_nodes(load: Load) -> None:
    urls = "amqps://user:p%2Css@one:5672/v, amqps://user:p%2Css@two/v?heartbeat=20"
    assert load(DEBUG="1", BROKER_URL=urls)["BROKER_URL"] == urls


def test_other_databases_are_fine_with_a_broker(load: Load) -> None:
    settings = load(DEBUG="1", DATABASE_URL="mysql://u:p@db/admin", BROKER_URL="amqp://broker")
    assert settings["DATABASES"]["default"]["ENGINE"] == "config.mysql"


REFUSED = {
    "no secret key": ({"ALLOWED_HOSTS": "*"}, "SECRET_KEY"),
    "no hosts": ({"SECRET_KEY": SECRET}, "ALLOWED_HOSTS"),
    "a file that is not there": ({"SECRET_KEY_FILE": "/nowhere/key", "ALLOWED_HOSTS": "*"}, "SECRET_KEY_FILE"),
    "a secret key that can be guessed": ({"SECRET_KEY": SECRET, "ALLOWED_HOSTS": "a"}, "SECRET_KEY can be guessed"),
    "any host": ({"SECRET_KEY": KEY, "ALLOWED_HOSTS": "a,*"}, "ALLOWED_HOSTS is *"),
    "development's broker": ({**PRODUCTION, "BROKER_URL": "amqp://lockstep:lockstep@rabbitmq/lockstep"}, "BROKER_URL"),
    "a broker without a password": ({**PRODUCTION, "BROKER_URL": "amqp://rabbitmq"}, "BROKER_URL"),
    "development's database": (
        {**PRODUCTION, "DATABASE_URL": "mysql://admin:lockstep@db/admin", "BROKER_URL": "amqp://u:hunter2@b"},
        "DATABASE_URL",
    ),
    "a database of another kind": ({"DEBUG": "1", "DATABASE_URL": "oracle://u:hunter2@db/admin"}, "DATABASE_URL"),
    "no database": ({"DEBUG": "1", "DATABASE_URL": ""}, "DATABASE_URL"),
    "a database in memory": ({"DEBUG": "1", "DATABASE_URL": "sqlite://:memory:"}, "DATABASE_URL"),
    "a database without a path": ({"DEBUG": "1", "DATABASE_URL": "sqlite:///"}, "DATABASE_URL"),
    "a database without a name": ({"DEBUG": "1", "DATABASE_URL": "mysql://u:hunter2@db/"}, "DATABASE_URL"),
    "a port that is none": ({"DEBUG": "1", "DATABASE_URL": "mysql://u:hunter2@db:port/admin"}, "DATABASE_URL"),
    "a port beyond all": ({"DEBUG": "1", "DATABASE_URL": "mysql://u:hunter2@db:99999/admin"}, "DATABASE_URL"),
    "an odd password": ({"DEBUG": "1", "DATABASE_URL": "mysql://u:hunter2#x@db:3306/admin"}, "DATABASE_URL"),
    "another odd password": ({"DEBUG": "1", "DATABASE_URL": "postgres://u:hunter2/x@db/admin"}, "DATABASE_URL"),
    "an odd host": ({"DEBUG": "1", "DATABASE_URL": "postgres://u:hunter2@[db/admin"}, "DATABASE_URL"),
    "MariaDB without a broker": ({"DEBUG": "1", "DATABASE_URL": "mysql://u:hunter2@db/admin"}, "BROKER_URL"),
    "PostgreSQL without a broker": ({"DEBUG": "1", "DATABASE_URL": "postgres://u:hunter2@db/admin"}, "BROKER_URL"),
    "a broker by http": ({"DEBUG": "1", "BROKER_URL": "http://u:hunter2@broker"}, "BROKER_URL"),
    "a broker without a scheme": ({"DEBUG": "1", "BROKER_URL": "u:hunter2@broker"}, "BROKER_URL"),
    "a broker's port that is none": ({"DEBUG": "1", "BROKER_URL": "amqp://u:hunter2@broker:port/"}, "BROKER_URL"),
    "an odd broker password": ({"DEBUG": "1", "BROKER_URL": "amqp://u:hunter2#x@broker:5672/"}, "BROKER_URL"),
    "a node that is none": ({"DEBUG": "1", "BROKER_URL": "amqp://u:hunter2@one,"}, "BROKER_URL"),
    "a bare comma": ({"DEBUG": "1", "BROKER_URL": ","}, "BROKER_URL"),
    "a comma in a password": ({"DEBUG": "1", "BROKER_URL": "amqp://u:hunter2,hunter3@one/v"}, "BROKER_URL"),
    "nodes of two vhosts": ({"DEBUG": "1", "BROKER_URL": "amqp://u:hunter2@one/v,amqp://two/w"}, "vhosts"),
    "a knob that is none": ({"DEBUG": "1", "OUTBOX_BATCHES": "5"}, "OUTBOX_BATCH"),
    "a knob turned too far": ({"DEBUG": "1", "OUTBOX_BATCH": "0"}, "batch"),
    "a rate that is none": ({"DEBUG": "1", "WRITE_RATE": "abc"}, "WRITE_RATE"),
    "a rate of nothing": ({"DEBUG": "1", "WRITE_RATE": "0/min"}, "WRITE_RATE"),
    "less than no proxy": ({"DEBUG": "1", "TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES"),
    "a typing error in a flag": ({**PRODUCTION, "HTTPS": "ture"}, "HTTPS"),
    "an origin without a scheme": ({"DEBUG": "1", "CORS_ALLOWED_ORIGINS": "shop.example.org"}, "CORS_ALLOWED_ORIGINS"),
    "a page's origin that is none": ({"DEBUG": "1", "CSRF_TRUSTED_ORIGINS": "x"}, "CSRF_TRUSTED_ORIGINS"),
    "nodes with and without TLS": ({"DEBUG": "1", "BROKER_URL": "amqps://u:hunter2@a/v,amqp://u:hunter2@b/v"}, "TLS"),
    "a password that is the user": (
        {**PRODUCTION, "DATABASE_URL": "mysql://shop:shop@db/admin", "BROKER_URL": "amqp://u:hunter2@b"},
        "DATABASE_URL",
    ),
    "a key that Django marked": ({**PRODUCTION, "SECRET_KEY": f"django-insecure-{KEY}"}, "SECRET_KEY"),
    "a log level that is none": ({"DEBUG": "1", "LOG_LEVEL": "loud"}, "LOG_LEVEL"),
    "a log format that is none": ({"DEBUG": "1", "LOG_FORMAT": "xml"}, "LOG_FORMAT"),
}


@pytest.mark.parametrize(("environment", "named"), REFUSED.values(), ids=REFUSED)
def test_what_makes_no_sense_is_refused_in_one_line_without_a_secret(
    load: Load, environment: dict[str, str], named: str
) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        load(**environment)
    said = str(refusal.value)
    assert named in said
    assert "\n" not in said
    assert "hunter" not in said
