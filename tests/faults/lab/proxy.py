"""A TCP proxy of ours, for links that break: half-open, slow, or ending at a certain byte."""

import asyncio
import contextlib
import socket
import struct
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

CHUNK = 16 * 1024
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: the connection ends in a RST


@dataclass
class Direction:
    """What happens to bytes that go one way. May be changed while connections are open."""

    delay_seconds: float = 0
    bytes_per_second: int = 0  # 0: as fast as it goes
    cut_after: int | None = None  # this many bytes more, then all connections are reset; only once
    passed: int = 0  # bytes so far
    cuts: int = 0  # so far


class Proxy:
    """What goes to its `url` reaches the server of the URL that it was given."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "", parts.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        user, at, _ = parts.netloc.rpartition("@")
        self.url = parts._replace(netloc=f"{user}{at}127.0.0.1:{self.port}").geturl()
        self.to_server, self.to_client = Direction(), Direction()
        self.connections = 0  # so far
        self._forgotten = 0  # up to this one
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def heal(self) -> None:
        self.to_server.__init__(passed=self.to_server.passed)  # type: ignore[misc]
        self.to_client.__init__(passed=self.to_client.passed)  # type: ignore[misc]

    def forget(self) -> None:
        """Half-open for the connections that there are, as when a firewall forgets them; new ones work."""
        self._forgotten = self.connections

    async def _serve(self) -> None:
        self._server = await asyncio.start_server(self._accept, sock=self._listener)

    async def _close(self) -> None:
        self._server.close()
        self._reset_all()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections = number = self.connections + 1
        try:
            there, back = await asyncio.open_connection(*self._target)
        except OSError:
            _reset(writer)
            return
        self._writers |= {writer, back}
        try:
            with contextlib.suppress(OSError):
                await asyncio.gather(
                    self._pump(reader, back, self.to_server, number), self._pump(there, writer, self.to_client, number)
                )
        finally:
            self._writers -= {writer, back}
            writer.close()
            back.close()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Direction, number: int
    ) -> None:
        """Reads and delivers side by side, so that a delay costs time and not rate."""
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=1000)
        delivering = asyncio.create_task(self._deliver(queue, writer, way, number))
        try:
            while data := await reader.read(min(CHUNK, way.bytes_per_second // 10 or CHUNK)):
                await queue.put((self._loop.time() + way.delay_seconds, data))
            await queue.put((self._loop.time() + way.delay_seconds, b""))
            await delivering
        finally:
            delivering.cancel()

    async def _deliver(
        self, queue: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter, way: Direction, number: int
    ) -> None:
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0, due - self._loop.time()))
            if way.bytes_per_second:
                await asyncio.sleep(len(data) / way.bytes_per_second)
            while number <= self._forgotten:
                await asyncio.sleep(0.02)
            if not data:
                writer.close()
                return
            if way.cut_after is not None and len(data) >= way.cut_after:
                data, way.cut_after = data[: way.cut_after], None
                await self._write(writer, data, way)
                way.cuts += 1
                self._reset_all()
                return
            if way.cut_after is not None:
                way.cut_after -= len(data)
            await self._write(writer, data, way)

    async def _write(self, writer: asyncio.StreamWriter, data: bytes, way: Direction) -> None:
        writer.write(data)
        await writer.drain()
        way.passed += len(data)

    def _reset_all(self) -> None:
        for writer in self._writers:
            _reset(writer)


def _reset(writer: asyncio.StreamWriter) -> None:
    """What was written is still sent: on loopback it is there already."""
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()
