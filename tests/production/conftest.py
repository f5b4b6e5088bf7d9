"""The secrets of one installation, and a broker that knows its users by them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.stacks.processes import ROOT, environment
from tests.servers.rabbitmq import RabbitMQ


@pytest.fixture(scope="session")
def secret_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("production") / "secrets"
    subprocess.run([ROOT / "dev" / "secrets", folder], check=True, capture_output=True, env=environment({}))
    return folder


class Broker(RabbitMQ):
    """With the users and rights of docker-conf, as docker-compose.prod.yml gives them to it."""

    def __init__(self, secret_files: Path) -> None:
        super().__init__(configuration=f"load_definitions = {secret_files}/broker_definitions\n")
        self._secrets = secret_files

    def url_of(self, user: str) -> str:
        """For this user with his password."""
        if user == "monitor":
            password = (self._secrets / "broker_monitor_password").read_text().strip()
        else:
            password = urlsplit((self._secrets / f"{user}_broker_url").read_text().strip()).password or ""
        return f"amqp://{user}:{password}@127.0.0.1:{urlsplit(self.url).port}/lockstep"


@pytest.fixture(scope="session")
def broker(secret_files: Path) -> Iterator[Broker]:
    with Broker(secret_files) as started:
        yield started
