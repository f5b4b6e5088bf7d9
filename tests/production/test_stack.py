"""docker-compose.prod.yml for real: it needs its secrets, works with no rights beyond, and says what is amiss."""

import http.client
import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.stacks.compose import UP_SECONDS, Compose
from tests.e2e.waiting import eventually

FILES = ("docker-compose.yml", "docker-compose.prod.yml")
HOST = "shop.example.com"
PROCESSES = ("rabbitmq", "admin-db", "service-db", "admin", "relay", "worker", "beat", "service", "consumer")
BY_TLS = {
    "Host": HOST,
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "192.0.2.1",
    "Content-Type": "application/json",
}
NO_RIGHTS = 'for name in CapPrm CapEff CapBnd; do grep -q "^$name:.*[1-9a-f]" /proc/1/status && exit 1; done; true'


class Production(Compose):
    def __init__(self, secret_files: Path, **settings: str) -> None:
        wanted = {"SECRETS_DIR": str(secret_files), "ALLOWED_HOSTS": HOST} | settings
        super().__init__(files=FILES, settings=wanted)
        self.secret_files = secret_files

    def run_in(self, process: str, *command: str) -> str:
        return self._compose("exec", "-T", process, *command)

    def states(self) -> dict[str, str]:
        """Of each container that was made: created, running, exited."""
        told = self._compose("ps", "--all", "--format", "{{.Service}} {{.State}}")
        return dict(line.split() for line in told.splitlines())

    def logs(self) -> str:
        return self._compose("logs", "--no-color")

    def config(self) -> str:
        return self._compose("config")

    def try_to_start(self) -> tuple[str, dict[str, str]]:
        """What it is refused with, and the states in which that leaves the containers, which are gone then."""
        try:
            with pytest.raises(RuntimeError) as refusal:
                self._compose("up", "--build", "--detach", seconds=UP_SECONDS)
            return str(refusal.value), self.states()
        finally:
            self._compose("down", "--volumes")
            self._do("docker", "image", "rm", f"{self._project}-admin", f"{self._project}-service")


@pytest.fixture(scope="module")
def stack(secret_files: Path) -> Iterator[Production]:
    with Production(secret_files) as started:
        eventually(lambda: assert_connected(started), within=60)
        yield started


def assert_connected(stack: Production) -> None:
    said = stack.logs()
    assert "relay connected to broker" in said
    assert "consumer connected" in said


def ask(stack: Production, service: str, method: str, path: str, token: str, body: object = None) -> tuple[int, Any]:
    """As the proxy in front does it."""
    port = (stack.admin if service == "admin" else stack.service).port
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=15)) as connection:
        content = json.dumps(body) if body else None
        connection.request(method, path, content, BY_TLS | ({"Authorization": f"Bearer {token}"} if token else {}))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def token(stack: Production, service: str, scope: str) -> str:
    return stack.run_in(service, "python", "manage.py", "tokens", "create", "it", "--scope", scope).strip()


def test_a_change_on_admin_appears_on_service_for_those_with_a_token(stack: Production) -> None:
    assert ask(stack, "admin", "POST", "/api/products", "", {"title": "Lamp"})[0] == 401
    status, lamp = ask(stack, "admin", "POST", "/api/products", token(stack, "admin", "write"), {"title": "Lamp"})
    assert status == 201
    reader = token(stack, "service", "read")

    def assert_copied() -> None:
        status, copy = ask(stack, "service", "GET", f"/api/products/{lamp['id']}", reader)
        assert (status, copy.get("title")) == (200, "Lamp")

    eventually(assert_copied, within=60)


def test_service_asks_admin_with_the_token_that_was_made_for_it(stack: Production) -> None:
    (stack.secret_files / "admin_token").write_text(token(stack, "admin", "operate"))
    stack.run_in("consumer", "python", "manage.py", "bootstrap_replica")
    assert stack.run_in("consumer", "python", "manage.py", "check_drift").startswith("equal")


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_has_no_rights_and_can_change_nothing(stack: Production, process: str) -> None:
    assert stack.run_in(process, "id", "-u").strip() != "0"
    stack.run_in(process, "sh", "-c", NO_RIGHTS)
    stack.run_in(process, "sh", "-c", "grep -q 'NoNewPrivs:.1' /proc/1/status")
    stack.run_in(process, "sh", "-c", "grep -q '^[^ ]* / [^ ]* ro,' /proc/mounts")


def test_the_brokers_users_are_these_and_nobody_else(stack: Production) -> None:
    told = stack.run_in("rabbitmq", "rabbitmqctl", "--quiet", "list_users", "--no-table-headers")
    assert sorted(line.split()[0] for line in told.splitlines()) == ["admin", "monitor", "service"]
    told = stack.run_in("rabbitmq", "rabbitmqctl", "--quiet", "list_connections", "--no-table-headers", "user")
    assert {line for line in told.splitlines() if line} == {"admin", "service"}


def test_no_log_holds_a_secret(stack: Production) -> None:
    said = stack.logs()
    assert said
    secrets = [file.read_text().strip() for file in stack.secret_files.iterdir() if file.name != "broker_definitions"]
    assert not [secret for secret in secrets if secret and secret in said]


@pytest.mark.parametrize("missing", ["service_broker_url", "admin_secret_key", "database_root_password"])
def test_nothing_starts_without_a_secret_and_it_is_told_which(tmp_path: Path, secret_files: Path, missing: str) -> None:
    folder = tmp_path / "secrets"
    shutil.copytree(secret_files, folder)
    (folder / missing).unlink()
    refusal, states = Production(folder).try_to_start()
    assert f"does not exist: {folder}/{missing}\n" in refusal
    assert set(states.values()) <= {"created"}


def test_nothing_starts_without_hosts_and_it_is_told_so(secret_files: Path) -> None:
    with pytest.raises(RuntimeError, match="ALLOWED_HOSTS is missing a value: name the hosts"):
        Production(secret_files, ALLOWED_HOSTS="").config()
