"""What Django says of a deployment, and what the logs of both services never say."""

import http.client
import json
import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.client import Api
from tests.e2e.stacks.processes import ROOT
from tests.e2e.waiting import eventually
from tests.faults.lab.programs import Program
from tests.production.commands import KEY, PRODUCTION, SERVICES, manage
from tests.servers.process import Port

PASSWORD = "hunter2-is-not-for-logs"
TOKEN = "Bearer abcdefgh.not-for-logs-either"
FORGED = "2026-01-01T00:00:00Z [info] all is well"
BROKER_URL = f"amqp://user:{PASSWORD}@127.0.0.1:1/vhost"
WAYS = {"text": {"LOG_FORMAT": "text"}, "json": {"LOG_FORMAT": "json"}}

each_service = pytest.mark.parametrize("service", SERVICES)


@each_service
@pytest.mark.parametrize("settings", [{}, {"TRUSTED_PROXIES": "0"}, {"PUBLIC_READ": "1"}], ids=str)
def test_django_finds_nothing_to_say_against_a_deployment(service: str, settings: dict[str, str]) -> None:
    done = manage(service, "check", "--deploy", "--fail-level", "WARNING", **settings)
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


@each_service
def test_it_would_say_it_if_there_was_something(service: str) -> None:
    done = manage(service, "check", "--deploy", "--fail-level", "WARNING", HTTPS="0")
    assert done.returncode == 1
    assert "security.W004" in done.stderr


@each_service
@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "BROKER_URL"])
def test_a_secret_that_is_not_there_or_empty_is_refused_by_its_name(service: str, name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    missing = manage(service, "check", **{f"{name}_FILE": str(file)})
    file.write_text("\n")
    empty = manage(service, "check", **{f"{name}_FILE": str(file)})
    assert (missing.returncode, empty.returncode) == (2, 2)
    assert missing.stderr == f"{service}: {name}_FILE names a file that is not there or cannot be read.\n"
    assert empty.stderr == f"{service}: {name}_FILE names a file that is empty.\n"


def test_service_starts_before_admin_has_made_its_token(tmp_path: Path) -> None:
    (tmp_path / "token").touch()
    assert manage("service", "check", ADMIN_TOKEN_FILE=str(tmp_path / "token")).returncode == 0


@pytest.fixture(params=[(service, form) for service in SERVICES for form in WAYS], ids="-".join)
def web(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Program, Api]]:
    """Of a service whose database was never migrated: whoever asks for products meets an error."""
    service, form = request.param
    port = Port()
    api = Api(port.number)
    command = ["-m", "gunicorn", "config.wsgi", "--no-control-socket", f"--chdir={ROOT / service}"]
    env = {"DATABASE_URL": f"sqlite:///{tmp_path}/it.sqlite3", "BROKER_URL": BROKER_URL, "HTTPS": "0", "DEBUG": "0"}
    program = Program(
        f"{service}-web",
        [*command, f"--bind=127.0.0.1:{port.number}"],
        log=tmp_path / "web.log",
        env=PRODUCTION | env | WAYS[form],
        assert_ready=lambda _: check_alive(api),
        python=sys.executable,
    )
    try:
        program.start()
        yield program, api
    finally:
        program.kill()
        port.release()


def check_alive(api: Api) -> None:
    assert api.get("/healthz").status == 200


def request(api: Api, path: str, **headers: str) -> None:
    """As a stranger writes it, whatever is odd about it."""
    with closing(http.client.HTTPConnection("127.0.0.1", api.port, timeout=15)) as connection:
        connection.request("GET", path, headers={"Host": "shop.example.com", "Authorization": TOKEN} | headers)
        connection.getresponse().read()


def raw(api: Api, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", api.port), timeout=15) as connection:
        connection.sendall(sent)
        while connection.recv(4096):
            pass


def test_no_log_line_holds_a_secret_or_is_forged(web: tuple[Program, Api]) -> None:
    program, api = web
    odd = f"x%0A{FORGED.replace(' ', '%20')}"
    request(api, f"/api/products/{odd}")
    request(api, f"/api/products?page={odd}")
    request(api, f"/{odd}", Host=f"{PASSWORD}.example.com")
    request(api, "/api/products", **{"X-Forwarded-For": FORGED})
    raw(api, f"GET /\n{FORGED} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    raw(api, f"GET / HTTP/1.1\r\nHost: a\n{FORGED}\r\nBad Header: {FORGED}\r\n\r\n".encode())
    eventually(lambda: check_said(program, "database failed"), within=15)
    said = program.said_since_start()
    assert not [line for line in said.splitlines() if line.startswith(FORGED[:20])]
    for secret in (KEY, TOKEN.split()[1], BROKER_URL):
        assert secret not in said


def check_said(program: Program, text: str) -> None:
    assert text in program.said_since_start()


@each_service
@pytest.mark.parametrize("form", WAYS)
@pytest.mark.parametrize("raising", [False, True])
def test_a_library_s_line_is_one_line_without_the_password_of_a_url(service: str, form: str, raising: bool) -> None:
    """As a driver may put it that repeats what it was given."""
    code = f"import logging; said = 'no way to {BROKER_URL}\\n{FORGED}'\n"
    code += f"try: raise OSError({PASSWORD!r} and said)\nexcept OSError: logging.getLogger('driver').error(said"
    code += ", exc_info=True)" if raising else ")"
    done = manage(service, "shell", "-c", code, BROKER_URL=BROKER_URL, **WAYS[form])
    said = done.stderr
    assert "no way to amqp://user:***@127.0.0.1:1/vhost" in said
    assert PASSWORD not in said
    assert not [line for line in said.splitlines() if line.startswith(FORGED[:20])]
    if form == "json":
        assert [json.loads(line)["level"] for line in said.splitlines()] == ["error"]
