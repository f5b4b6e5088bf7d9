"""A TCP proxy in front of the broker, for connections that break."""

import contextlib
import select
import socket
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class Proxy:
    """What goes to its `url` reaches the broker."""

    def __init__(self, url: str) -> None:
        target = urlsplit(url)
        self._target = (target.hostname or "", target.port or 5672)
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._flows = threading.Event()
        self._flows.set()
        user, _, _ = target.netloc.rpartition("@")
        self.url = target._replace(netloc=f"{user}@127.0.0.1:{self._listener.getsockname()[1]}").geturl()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._flows.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Ends all connections through it; new ones are let through."""
        while self._sockets:
            end = self._sockets.pop()
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def hang(self) -> None:
        """Passes nothing on any more and ends nothing: a connection that is half open."""
        self._flows.clear()

    def flow(self) -> None:
        """Passes on again."""
        self._flows.set()

    def _accept(self) -> None:
        threads = []
        with contextlib.suppress(OSError):
            while True:
                inside = self._listener.accept()[0]
                outside = socket.create_connection(self._target)
                self._sockets += [inside, outside]
                threads.append(threading.Thread(target=_pipe, args=(inside, outside, self._flows), daemon=True))
                threads[-1].start()
        self.cut()
        for thread in threads:
            thread.join()


def _pipe(one: socket.socket, other: socket.socket, flows: threading.Event) -> None:
    with one, other, contextlib.suppress(OSError):
        while True:
            for source in select.select([one, other], [], [])[0]:
                flows.wait()
                data = source.recv(65536)
                if not data:
                    return
                (other if source is one else one).sendall(data)
