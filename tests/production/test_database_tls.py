"""TLS to the databases: a server that cannot be trusted is refused in one line, and nothing goes out in the clear."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.faults.lab.certificates import Certificates
from tests.production.commands import SERVICES, manage
from tests.servers.mariadb import FOR_TESTS, MariaDB
from tests.servers.server import start_all

BROKER_URL = "amqp://user:not-asked@127.0.0.1:1/vhost"  # the settings want one, and no command here goes there
ADVICE = "Check the server's certificate: its CA, its dates, and that it names this host."

each_service = pytest.mark.parametrize("service", SERVICES)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def servers(certificates: Certificates) -> Iterator[tuple[MariaDB, MariaDB]]:
    """One with TLS, one without."""
    shown = (f"--ssl-cert={certificates.folder}/server.pem", f"--ssl-key={certificates.folder}/server.key")
    secure, plain = MariaDB(options=(*FOR_TESTS, *shown)), MariaDB()
    try:
        start_all([secure, plain])
        yield secure, plain
    finally:
        secure.close()
        plain.close()


@pytest.fixture
def secure(servers: tuple[MariaDB, MariaDB], certificates: Certificates) -> Iterator[MariaDB]:
    yield servers[0]
    show(servers[0], certificates, "good")


def show(server: MariaDB, certificates: Certificates, name: str) -> None:
    """From then on this is the certificate of new connections."""
    certificates.use(name)
    server.execute("FLUSH SSL")


def url(server: MariaDB, name: str, ca: Path) -> str:
    return f"{server.url_of(name)}?ssl_ca={ca}"


def assert_refused(service: str, database_url: str, why: str) -> None:
    """In one line, without the password."""
    done = manage(service, "migrate", "--check", DATABASE_URL=database_url, BROKER_URL=BROKER_URL)
    assert done.returncode == 1, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"{service}: database lockstep@127.0.0.1:")
    assert why in lines[0]
    assert lines[0].endswith(ADVICE)
    assert (urlsplit(database_url).password or "-") not in done.stderr + done.stdout


@each_service
def test_it_works_over_tls(service: str, secure: MariaDB, certificates: Certificates) -> None:
    """For a user whom the server lets in no other way."""
    name = f"tls_{service}"
    secure.create_database(name)
    secure.execute(f"CREATE USER {name} IDENTIFIED BY '{secure.password}' REQUIRE SSL")
    secure.execute(f"GRANT ALL ON {name}.* TO {name}")
    there = url(secure, name, certificates.ca).replace("//lockstep:", f"//{name}:")
    done = manage(service, "migrate", "-v0", DATABASE_URL=there, BROKER_URL=BROKER_URL)
    assert (done.returncode, done.stderr) == (0, "")


@each_service
@pytest.mark.parametrize(
    ("certificate", "why"),
    [
        ("of another CA", "unable to get local issuer certificate"),
        ("for another host", "certificate"),
        ("expired", "certificate has expired"),
    ],
)
def test_a_certificate_that_cannot_be_trusted_is_refused(
    service: str, certificate: str, why: str, secure: MariaDB, certificates: Certificates
) -> None:
    show(secure, certificates, certificate)
    assert_refused(service, url(secure, "any", certificates.ca), why)


@each_service
def test_a_ca_that_is_not_the_servers_is_refused(service: str, secure: MariaDB, certificates: Certificates) -> None:
    assert_refused(service, url(secure, "any", certificates.another_ca), "certificate")


@each_service
def test_it_does_not_go_on_in_plain_text_where_the_server_has_no_tls(
    service: str, servers: tuple[MariaDB, MariaDB], certificates: Certificates
) -> None:
    """Nor with whoever stands between and says so: the client cannot tell the two apart."""
    assert_refused(service, url(servers[1], "any", certificates.ca), "SSL is required")
