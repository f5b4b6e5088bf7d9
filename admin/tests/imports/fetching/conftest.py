"""Hosts that send whatever bytes a test wants, where the website of shops is too well-behaved."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Sent = bytes | Callable[[socket.socket], None]
NOTHING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
CERTIFICATE = "subjectAltName = DNS:localhost\nbasicConstraints = critical, CA:true\n"


class Host:
    """Answers each path with the bytes that are set for it, then hangs up."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.sends: dict[str, Sent] = {}
        self.asked: list[str] = []  # requests, with their headers
        self._tls = tls
        self._ear = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._ear.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://localhost:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._ear.shutdown(socket.SHUT_RDWR)
        self._ear.close()

    def _serve(self) -> None:
        while True:
            try:
                found, _ = self._ear.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(found,), daemon=True).start()

    def _answer(self, found: socket.socket) -> None:
        try:
            with self._tls.wrap_socket(found, server_side=True) if self._tls else found as caller:
                head = b""
                while b"\r\n\r\n" not in head and (more := caller.recv(65_536)):
                    head += more
                self.asked.append(head.decode("latin-1"))
                sent = self.sends.get(self.asked[-1].split(" ")[1], NOTHING)
                caller.sendall(sent) if isinstance(sent, bytes) else sent(caller)
        except OSError:
            found.close()


def page(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


@pytest.fixture
def host() -> Iterator[Host]:
    made = Host()
    yield made
    made.close()


@pytest.fixture(scope="session")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key with a certificate for localhost alone, which nobody has signed but itself."""
    assert shutil.which("openssl"), "openssl is missing: install it"
    folder = tmp_path_factory.mktemp("tls")
    (folder / "extensions").write_text(f"[req]\ndistinguished_name = name\n[name]\n[extensions]\n{CERTIFICATE}")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=test"
    files = "-config extensions -extensions extensions -keyout key -out certificate"
    subprocess.run([*command.split(), *files.split()], check=True, capture_output=True, cwd=folder)
    (folder / "both.pem").write_text((folder / "key").read_text() + (folder / "certificate").read_text())
    return folder / "both.pem"


@pytest.fixture
def secure_host(pem: Path) -> Iterator[Host]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)
    made = Host(tls)
    yield made
    made.close()
