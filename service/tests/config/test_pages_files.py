"""What service's image does: the files that the pages load are collected, and the settings fit for production."""

import http.client
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes import SERVICE, Process


def production(folder: Path) -> dict[str, str]:
    return {
        "DEBUG": "0",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": f"sqlite:///{folder}/s.sqlite3",
    }


def manage(folder: Path, log: Path, *arguments: str, **environment: str) -> str:
    with Process("manage.py", *arguments, folder=folder, log=log, **environment) as process:
        assert process.wait() == 0, process.output
    return process.output


@pytest.fixture(params=[True, False], ids=["collected", "not collected"])
def port(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[int]:
    """Of gunicorn in production, in a copy of the service: its folder is its own to fill."""
    folder, log = tmp_path / "service", tmp_path / "log"
    shutil.copytree(SERVICE, folder, ignore=shutil.ignore_patterns("tests", "static", "*.sqlite3*"))
    environment = production(tmp_path) | {"HTTPS": "0"}
    if request.param:
        manage(folder, log, "collectstatic", "--noinput", "-v0", DEBUG="1")
    manage(folder, log, "migrate", "-v0", **environment)
    command = ("-m", "gunicorn", "config.wsgi", "--bind", "127.0.0.1:0", "--no-control-socket")
    with Process(*command, folder=folder, log=tmp_path / "web.log", **environment) as process:
        process.wait_for("Listening at: http://127.0.0.1:")
        found = re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", process.output)
        assert found, process.output
        yield int(found[1])


def get(port: int, path: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer: Any = connection.getresponse()
    answer.text = answer.read().decode("latin-1")
    connection.close()
    return answer


def test_in_production_the_pages_have_their_files_to_keep_for_ever_where_collected(
    request: pytest.FixtureRequest, port: int
) -> None:
    page = get(port, "/admin/login/")
    assert page.status == 200
    assert "development" not in page.text
    files = re.findall(r"(?:src|href)=\"(/static/[^\"]+)\"", page.text)
    assert files
    is_collected = "not collected" not in request.node.name
    for path in files:
        answer = get(port, path)
        assert (answer.status, "immutable" in answer.headers["Cache-Control"]) == (200, is_collected), path


def test_the_settings_of_production_pass_django_s_own_check(tmp_path: Path) -> None:
    command = ("check", "--deploy", "--fail-level", "WARNING")
    assert "no issues" in manage(SERVICE, tmp_path / "log", *command, **production(tmp_path))
