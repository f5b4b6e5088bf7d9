"""Clients of admin's web that are slow on purpose: each costs one worker for a bounded time, and nothing else."""

import socket

import pytest

from tests.e2e.waiting import eventually
from tests.faults.lab.lab import Lab

WORKER_SECONDS = 2
HEAD = b"""POST /api/products HTTP/1.1\r
Host: 127.0.0.1\r
Content-Type: application/json\r
Content-Length: 99999\r
\r
{"""


def assert_hung_up(client: socket.socket) -> None:
    """One more byte; the other side has closed the connection, or an AssertionError says that it listens still."""
    try:
        client.sendall(b" ")
        assert not client.recv(1000), "it was answered"
    except TimeoutError as error:
        raise AssertionError("it is still listened to") from error
    except (BrokenPipeError, ConnectionResetError):
        return


@pytest.mark.fault("F74")
def test_a_body_that_comes_byte_by_byte_is_not_waited_for_for_ever(lab: Lab) -> None:
    lab.admin_web.restart(GUNICORN_CMD_ARGS=f"--timeout={WORKER_SECONDS}")
    with socket.create_connection(("127.0.0.1", lab.admin.port), timeout=0.2) as client:
        client.sendall(HEAD)
        product = lab.admin.create(title="Lamp")  # by the other worker
        lab.written[product["id"]] = product
        eventually(lambda: assert_hung_up(client), within=10 * WORKER_SECONDS)
    lab.admin.assert_ready()
