"""gunicorn as containers start it: its lines among ours, and its refusal in words."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import ADMIN, ended, eventually

COMMAND = [sys.executable, "-m", "gunicorn", "config.wsgi", "--no-control-socket"]
FOLDERS = [ADMIN, ADMIN.parent / "service"]
ENOUGH: dict[str, str] = {"DEBUG": "1", "LOG_FORMAT": "json"}

each_service = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def gunicorn(folder: Path, log: Any = subprocess.PIPE, port: int = 0, **environment: str) -> "subprocess.Popen[str]":
    env = {"PATH": os.environ["PATH"], **environment}
    env |= {"GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{port}"}
    return subprocess.Popen(COMMAND, cwd=folder, env=env, stdout=log, stderr=subprocess.STDOUT, text=True)


def answers(port: int) -> bool:
    web = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        web.request("GET", "/healthz")
        return web.getresponse().status == 200
    except OSError:
        return False
    finally:
        web.close()


@each_service
def test_each_of_its_lines_is_one_of_ours(folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with log.open("w") as file, gunicorn(folder, file, port, **ENOUGH) as process:
        eventually(lambda: answers(port))
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {line["level"] for line in lines} == {"info"}
    assert any(line["event"].startswith("Listening at") for line in lines)


@each_service
@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT of text, json"),
        ({"DEBUG": "0"}, "SECRET_KEY is missing"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost", "OTEL_TRACES_EXPORTER": "zipkin"}, "must be otlp or none"),
    ],
    ids=["log format", "secret", "exporter"],
)
def test_a_setting_that_makes_no_sense_is_said_in_a_line(folder: Path, environment: dict[str, str], said: str) -> None:
    code, output = ended(gunicorn(folder, **{**ENOUGH, "LOG_FORMAT": "text", **environment}))
    assert code != 0
    assert said in output
    assert "Traceback" not in output
