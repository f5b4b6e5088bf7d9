"""What the environment may say. Nonsense is refused in words that never hold a part of a password."""

import json
import os
import runpy
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.processes import SERVICE, Process

MISCONFIGURED = 2
BROKER = "BROKER_URL cannot be read: write amqp://user:password@host:5672/vhost"
ADMIN = "ADMIN_URL must be admin's base URL"
KEY = "abcde" * 10
CLOSED = {"DEBUG": "0", "SECRET_KEY": KEY, "ALLOWED_HOSTS": "host"}


def read(monkeypatch: pytest.MonkeyPatch, **environment: str) -> dict[str, object]:
    """The settings of a process with just this environment."""
    for name in [name for name in os.environ if name.startswith("INBOX_") or name.endswith("_URL")]:
        monkeypatch.delenv(name)
    for name, value in ({"DEBUG": "1", "DATABASE_URL": "sqlite:///some.sqlite3"} | environment).items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(SERVICE / "config/settings.py"))


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"INBOX_BATHC": "5"}, "unknown field `bathc`. Known names: INBOX_TYPE_PREFIX, INBOX_BATCH,"),
        ({"INBOX_BATCH": "0"}, "`int` >= 1"),
        ({"BROKER_URL": "http://user:hunter2@host/"}, BROKER),
        ({"BROKER_URL": "amqp://user:hunter2@host:port/"}, BROKER),
        ({"BROKER_URL": "amqp://user:hunter2/3@host/"}, BROKER),
        ({"BROKER_URL": "amqp://user:hunter2@[host/"}, BROKER),
        ({"BROKER_URL": "amqp://user:hunter2@one,"}, BROKER),
        ({"BROKER_URL": ","}, BROKER),
        ({"BROKER_URL": "amqp://user:hunter2,hunter3@one/v"}, BROKER),
        ({"BROKER_URL": "amqp://user:hunter2@one/v,amqp://user:hunter2@two/w"}, "nodes with different vhosts"),
        ({"ADMIN_URL": ""}, ADMIN),
        ({"ADMIN_URL": "host:8000"}, ADMIN),
        ({"ADMIN_URL": "ftp://user:hunter2@host/"}, ADMIN),
        ({"ADMIN_URL": "http://user:hunter2@host:port/"}, ADMIN),
        ({"ADMIN_URL": "http://user:hunter2@host:99999/"}, ADMIN),
        ({"ADMIN_URL": "http://user:hunter2/3@host/"}, ADMIN),
        ({"ADMIN_URL": "http://user:hunter2@[host/"}, ADMIN),
        ({"ADMIN_URL": "http://user:hunter2@ho st/"}, ADMIN),
        ({"ADMIN_URL": "http://user:hunter2@host\u2028/"}, ADMIN),
        ({"DATABASE_URL": "oracle://user:hunter2@host/name"}, "DATABASE_URL starts with 'oracle'"),
        ({"DATABASE_URL": "mysql://user:hunter2@host:port/name"}, "DATABASE_URL cannot be read"),
        ({"DATABASE_URL": "mysql://user:hunter2/3@host/name"}, "DATABASE_URL cannot be read"),
        ({"DATABASE_URL": "postgres://user:hunter2@host/"}, "DATABASE_URL names no database"),
        ({"DEBUG": "perhaps"}, "SECRET_KEY is missing"),
        ({"DEBUG": "0", "ALLOWED_HOSTS": "host"}, "SECRET_KEY is missing"),
        ({"DEBUG": "0", "SECRET_KEY": "hunter2"}, "ALLOWED_HOSTS is missing"),
        ({"DEBUG": "0", "SECRET_KEY": "hunter2", "ALLOWED_HOSTS": "host"}, "SECRET_KEY can be guessed"),
        ({"ADMIN_URL": "http://user:hunter2@host/"}, "ADMIN_URL has a user"),
        ({"DEBUG": "0", "SECRET_KEY": KEY, "ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS is *"),
        ({**CLOSED, "DATABASE_URL": "mysql://u:lockstep@db/s", "BROKER_URL": "amqp://u:hunter2@b"}, "DATABASE_URL has"),
        ({**CLOSED, "BROKER_URL": "amqp://u:hunter2@one,amqp://guest:guest@two"}, "BROKER_URL has no password, or"),
        ({**CLOSED, "BROKER_URL": "amqp://broker"}, "BROKER_URL has no password, or"),
        ({"CSRF_TRUSTED_ORIGINS": "shop.example.org"}, "CSRF_TRUSTED_ORIGINS"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL must be one of"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT of text, json"),
    ],
    ids=str,
)
def test_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], said: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        read(monkeypatch, **environment)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "hunter" not in str(caught.value)


def test_with_debug_everything_has_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch)
    assert settings["BROKER_URL"] == ""
    assert settings["ADMIN_URL"] == "http://127.0.0.1:8000"
    assert "127.0.0.1" in str(settings["ALLOWED_HOSTS"])
    assert settings["IS_OPEN"] is True


def test_a_broker_may_have_several_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    urls = "amqps://user:p%2Css@one:5672/v, amqps://user:p%2Css@two/v?heartbeat=20"
    assert read(monkeypatch, BROKER_URL=urls)["BROKER_URL"] == urls


def test_without_debug_the_api_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, DEBUG="0", SECRET_KEY=KEY, ALLOWED_HOSTS="one,two")
    assert settings["ALLOWED_HOSTS"] == ["one", "two"]
    assert settings["IS_OPEN"] is settings["PUBLIC_READ"] is False


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{KEY}\n")
    command = (
        "manage.py",
        "shell",
        "--no-imports",
        "-c",
        "from django.conf import settings; print(settings.SECRET_KEY)",
    )
    environment = {"DEBUG": "0", "SECRET_KEY_FILE": str(tmp_path / "secret"), "ALLOWED_HOSTS": "one"}
    with Process(*command, folder=SERVICE, log=tmp_path / "log", **at(tmp_path), **environment) as process:
        assert process.wait() == 0, process.output
    assert process.output == f"{KEY}\n"


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"INBOX_BATHC": "5"}, "unknown field `bathc`"),
        ({"BROKER_URL": "amqp://user:hunter2@host/?heartbeat=often"}, BROKER),
        ({"ADMIN_URL": "http://user:hunter2@host:port/"}, ADMIN),
    ],
    ids=["knob", "broker", "admin"],
)
def test_nonsense_ends_the_process_for_good_with_one_line(
    tmp_path: Path, environment: dict[str, str], said: str
) -> None:
    with Process("consumer.py", folder=SERVICE, log=tmp_path / "log", **at(tmp_path), **environment) as process:
        assert process.wait() == MISCONFIGURED, process.output
    assert process.output.startswith("service: ")
    assert said in process.output
    assert process.output.count("\n") == 1
    assert "hunter" not in process.output


def test_a_process_logs_in_the_form_that_is_asked_for(tmp_path: Path) -> None:
    with Process("consumer.py", folder=SERVICE, log=tmp_path / "log", **at(tmp_path), LOG_FORMAT="json") as process:
        process.wait_for("\n")
    line = json.loads(process.output.splitlines()[0])
    assert (line["level"], line["event"]) == ("warning", "consumer waits for database")
    assert "Check DATABASE_URL" in line["error"]


def at(folder: Path) -> dict[str, str]:
    return {"DATABASE_URL": f"sqlite:///{folder / 'service.sqlite3'}"}
