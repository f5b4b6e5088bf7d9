"""TLS to the broker: what cannot be trusted is refused in one line, and nothing ever goes out in the clear."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.waiting import eventually
from tests.faults.lab.certificates import Certificates
from tests.faults.lab.lab import Lab
from tests.faults.lab.labs import Labs
from tests.faults.lab.programs import Program
from tests.faults.lab.servers import Servers
from tests.servers.process import Port
from tests.servers.rabbitmq import RabbitMQ

TLS_HANDSHAKE = b"\x16\x03"
LISTENER = """\
listeners.ssl.1 = 127.0.0.1:{port}
ssl_options.cacertfile = {folder}/ca.pem
ssl_options.certfile = {folder}/server.pem
ssl_options.keyfile = {folder}/server.key
"""
ADD_JOB = """
from jobs import operations
print("job", operations.add(kind="drift check", label="all", spec={}, by="test").pk)
"""
WAITING = {"relay": "relay waits for broker", "consumer": "consumer waits for its source"}
CONNECTED = {"relay": "relay connected to broker", "consumer": "consumer connected"}
NOT_ACCEPTED = "shows a certificate that is not accepted: "


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    port = Port()
    yield port.number
    port.release()


@pytest.fixture(scope="module")
def broker(certificates: Certificates, port: int) -> Iterator[RabbitMQ]:
    broker = RabbitMQ(configuration=LISTENER.format(port=port, folder=certificates.folder))
    yield broker
    broker.close()


@pytest.fixture(scope="module")
def servers(broker: RabbitMQ) -> Iterator[Servers]:
    with Servers(broker) as started:
        yield started


@pytest.fixture(scope="module")
def shared(servers: Servers) -> Iterator[Labs]:
    made = Labs(servers)
    yield made
    made.close()


@pytest.fixture
def shows(certificates: Certificates, broker: RabbitMQ) -> Iterator[Callable[[str], None]]:
    """Which certificate the broker shows from then on."""

    def show(name: str) -> None:
        certificates.use(name)
        broker.rabbitmqctl("eval", "ssl:clear_pem_cache().")

    yield show
    show("good")


def url(lab: Lab, *, port: int, scheme: str = "amqps", query: str = "") -> str:
    parts = urlsplit(lab.broker_url)
    netloc = f"{parts.username}:{parts.password}@localhost:{port}"
    return parts._replace(scheme=scheme, netloc=netloc, query=query).geturl()


def restart(lab: Lab, broker_url: str, ca: Path) -> list[Program]:
    """Relay and consumer, both to this URL, with this CA to trust."""
    programs = [lab.relay, lab.consumer]
    for program in programs:
        program.stop()
        program.start(BROKER_URL=broker_url, SSL_CERT_FILE=str(ca), wait=False)
    return programs


def wait_connected(programs: list[Program]) -> None:
    for program in programs:
        program.wait_says(CONNECTED[program.name])


def assert_refused(lab: Lab, programs: list[Program], why: str) -> None:
    """In one line each time, without the password, and without ever getting in."""
    for program in programs:
        program.wait_says(WAITING[program.name], times=2)
        said = program.said()
        assert said.count(why) == said.count(WAITING[program.name])
        assert CONNECTED[program.name] not in said
        assert "Traceback" not in said
        assert (urlsplit(lab.broker_url).password or "") not in said


@pytest.mark.fault("F27")
def test_events_arrive_over_tls_with_the_ca_in_the_environment(
    lab: Lab, certificates: Certificates, broker: RabbitMQ, port: int
) -> None:
    wait_connected(restart(lab, url(lab, port=port), certificates.ca))
    product = lab.admin.create(title="Lämp 💡")
    lab.written[product["id"]] = product
    eventually(lambda: lab.service.product(product["id"]), within=30)
    assert broker.rabbitmqctl("list_connections", "--no-table-headers", "ssl").split() == ["true", "true"]


@pytest.mark.fault("F27")
def test_the_ca_can_stand_in_the_url(lab: Lab, certificates: Certificates, port: int) -> None:
    query = f"ssl_options={{'ca_certs':'{certificates.ca}'}}"
    wait_connected(restart(lab, url(lab, port=port, query=query), certificates.another_ca))


@pytest.fixture
def worker(lab: Lab) -> Iterator[Program]:
    worker = lab.another_worker()
    yield worker
    worker.stop()


@pytest.mark.parametrize("way", ["in the environment", "in the URL"])
@pytest.mark.fault("F27")
def test_jobs_go_over_tls(lab: Lab, worker: Program, certificates: Certificates, port: int, way: str) -> None:
    """Who asks for one and the worker that has it; the first node of the two is not there."""
    query = f"ssl_options={{'ca_certs':'{certificates.ca}'}}" if way == "in the URL" else ""
    away = Port()
    nodes = ",".join(url(lab, port=number, query=query) for number in (away.number, port))
    ca = certificates.another_ca if query else certificates.ca
    worker.start(BROKER_URL=nodes, SSL_CERT_FILE=str(ca), wait=False)
    asking = lab.command("admin", "shell", "-v0", "-c", ADD_JOB)
    asking.start(BROKER_URL=nodes, SSL_CERT_FILE=str(ca), wait=False)
    assert asking.wait_ended() == 0
    away.release()
    worker.wait_says("job ends")
    assert "job not sent" not in asking.said()


@pytest.mark.parametrize("certificate", ["of another CA", "for another host", "expired"])
@pytest.mark.fault("F27")
def test_a_worker_refuses_a_certificate_that_cannot_be_trusted(
    lab: Lab,
    worker: Program,
    certificates: Certificates,
    shows: Callable[[str], None],
    port: int,
    certificate: str,
) -> None:
    shows(certificate)
    worker.start(BROKER_URL=url(lab, port=port), SSL_CERT_FILE=str(certificates.ca), wait=False)
    worker.wait_says("certificate verify failed")
    assert (urlsplit(lab.broker_url).password or "") not in worker.said()
    shows("good")
    lab.command("admin", "shell", "-v0", "-c", ADD_JOB).start(wait=False)
    worker.wait_says("job ends")


@pytest.mark.parametrize(
    ("certificate", "why"),
    [
        ("of another CA", "unable to get local issuer certificate"),
        ("for another host", "Hostname mismatch, certificate is not valid for 'localhost'"),
        ("expired", "certificate has expired"),
    ],
)
@pytest.mark.fault("F27")
def test_a_certificate_that_cannot_be_trusted_is_refused(
    lab: Lab, certificates: Certificates, shows: Callable[[str], None], port: int, certificate: str, why: str
) -> None:
    shows(certificate)
    programs = restart(lab, url(lab, port=port), certificates.ca)
    assert_refused(lab, programs, NOT_ACCEPTED + why)
    shows("good")
    wait_connected(programs)


@pytest.mark.fault("F27")
def test_in_the_clear_to_a_port_with_tls_is_one_line(lab: Lab, certificates: Certificates, port: int) -> None:
    programs = restart(lab, url(lab, port=port, scheme="amqp"), certificates.ca)
    assert_refused(lab, programs, "hung up at once: it is starting, or its port speaks TLS (amqps://)")


@pytest.mark.fault("F27")
def test_tls_to_a_port_without_it_is_one_line(lab: Lab, certificates: Certificates) -> None:
    programs = restart(lab, url(lab, port=urlsplit(lab.broker_url).port or 0), certificates.ca)
    assert_refused(lab, programs, "does not speak TLS on this port, and amqps:// wants it")


@pytest.mark.fault("F27")
def test_nothing_is_ever_sent_in_the_clear(lab: Lab, certificates: Certificates) -> None:
    """To somebody who hangs up on TLS, as who listens in would: each new try begins with TLS again."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        restart(lab, url(lab, port=listener.getsockname()[1]), certificates.ca)
        for _ in range(6):
            connection, _ = listener.accept()
            with connection:
                assert connection.recv(4096).startswith(TLS_HANDSHAKE)
