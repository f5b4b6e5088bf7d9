"""The files that the pages load: found where they are installed, and, once collected, with hashes in their names."""

import http.client
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import ADMIN, ended, eventually, manage

Web = Callable[..., int]


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """A copy of the service, whose folder is its own to fill."""
    return Path(
        shutil.copytree(ADMIN, tmp_path / "admin", ignore=shutil.ignore_patterns("tests", "static", "*.sqlite3*"))
    )


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "DATABASE_URL": f"sqlite:///{folder}/a.sqlite3", **more}


def run(folder: Path, *arguments: str, **more: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=folder, env=environment(folder, **more), check=True, timeout=60
    )


@pytest.fixture
def serve(installation: Path) -> Iterator[Web]:
    """Starts gunicorn, as the image does, and gives its port."""
    started = []

    def start(**more: str) -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "config.wsgi",
            "--bind",
            f"127.0.0.1:{port}",
            "--no-control-socket",
        ]
        started.append(subprocess.Popen(command, cwd=installation, env=environment(installation, **more)))
        eventually(lambda: is_ready(port))
        return port

    yield start
    for process in started:
        process.terminate()
        process.wait(20)


def is_ready(port: int) -> bool:
    try:
        return get(port, "/readyz").status == 200
    except OSError:
        return False


def get(port: int, path: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer: Any = connection.getresponse()
    answer.text = answer.read().decode("latin-1")
    connection.close()
    return answer


def loaded(page: str) -> list[str]:
    found = re.findall(r"(?:src|href)=\"(/static/[^\"]+)\"", page)
    assert found
    return found


def test_in_development_nothing_has_to_be_collected(installation: Path, serve: Web) -> None:
    run(installation, "migrate", "-v0", DEBUG="1")
    port = serve(DEBUG="1")
    page = get(port, "/admin/login/")
    assert page.status == 200
    assert [path for path in loaded(page.text) if get(port, path).status != 200] == []
    assert get(port, "/static/../config/settings.py").status == 404


def test_in_production_what_was_collected_may_be_kept_for_ever(installation: Path, serve: Web) -> None:
    production = {"DEBUG": "0", "SECRET_KEY": secrets.token_urlsafe(50), "ALLOWED_HOSTS": "127.0.0.1", "HTTPS": "0"}
    run(installation, "collectstatic", "--noinput", "-v0", DEBUG="1")
    run(installation, "migrate", "-v0", **production)
    port = serve(**production)
    page = get(port, "/admin/login/")
    assert page.status == 200
    assert "development" not in page.text
    for path in loaded(page.text):
        answer = get(port, path)
        assert (answer.status, "immutable" in answer.headers["Cache-Control"]) == (200, True), path


def test_production_without_collecting_shows_its_pages_too(installation: Path, serve: Web) -> None:
    production = {"DEBUG": "0", "SECRET_KEY": secrets.token_urlsafe(50), "ALLOWED_HOSTS": "127.0.0.1", "HTTPS": "0"}
    run(installation, "migrate", "-v0", **production)
    port = serve(**production)
    assert [path for path in loaded(get(port, "/admin/login/").text) if get(port, path).status != 200] == []


def test_the_settings_of_production_pass_django_s_own_check() -> None:
    production = {"DEBUG": "0", "SECRET_KEY": secrets.token_urlsafe(50), "ALLOWED_HOSTS": "shop.example.com"}
    code, output = ended(manage("check", "--deploy", "--fail-level", "WARNING", **production))
    assert (code, "no issues" in output) == (0, True), output
