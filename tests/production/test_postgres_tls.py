"""The same on PostgreSQL: checked in full by naming a CA alone, which libpq by itself would not do."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.waiting import eventually
from tests.faults.lab.certificates import Certificates
from tests.production.commands import manage
from tests.production.test_database_tls import BROKER_URL, assert_refused
from tests.servers.postgres import Postgres

ASK = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    print(cursor.fetchone())
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with Postgres() as started:
        yield started


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


def show(server: Postgres, certificates: Certificates, name: str) -> None:
    """From then on this is its certificate; without a name it has no TLS."""
    data = server.folder / "data"
    for suffix, shown in (("pem", "server.crt"), ("key", "server.key")) if name else ():
        shutil.copy(certificates.folder / f"{name}.{suffix}", data / shown)
        shutil.chown(data / shown, data.stat().st_uid, data.stat().st_gid)
        os.chmod(data / shown, 0o600)  # else PostgreSQL refuses the key
    server.execute(f"ALTER SYSTEM SET ssl = {'on' if name else 'off'}")
    with server.connect() as connection:
        loaded = connection.execute("SELECT pg_conf_load_time(), pg_reload_conf()").fetchone()

    def assert_loaded() -> None:
        with server.connect() as connection:
            assert connection.execute("SELECT pg_conf_load_time()").fetchone()[0] > loaded[0]

    eventually(assert_loaded, within=15)


def url(server: Postgres, ca: Path) -> str:
    return f"{server.url_of('postgres')}?sslrootcert={ca}"


def test_it_works_over_tls(server: Postgres, certificates: Certificates) -> None:
    show(server, certificates, "good")
    done = manage("admin", "shell", "-c", ASK, DATABASE_URL=url(server, certificates.ca), BROKER_URL=BROKER_URL)
    assert done.stdout.splitlines()[-1] == "(True,)", done.stderr


@pytest.mark.parametrize("service", ["admin", "service"])
@pytest.mark.parametrize(
    ("certificate", "why"),
    [
        ("of another CA", "certificate verify failed"),
        ("for another host", "does not match host name"),
        ("expired", "certificate verify failed"),
        ("", "server does not support SSL, but SSL was required"),
    ],
    ids=lambda value: value or "none at all",
)
def test_a_certificate_that_cannot_be_trusted_is_refused(
    server: Postgres, certificates: Certificates, service: str, certificate: str, why: str
) -> None:
    show(server, certificates, certificate)
    assert_refused(service, url(server, certificates.ca), why)
