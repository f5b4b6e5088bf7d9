"""The limits: what the broker and the database do when nothing but a client library stands before them."""

import time
from collections.abc import Iterable, Sequence
from itertools import islice

import pika

QUEUE = "bench.raw"
QUORUM = {"x-queue-type": "quorum"}
WINDOW = 1000  # publishes that may be unconfirmed at a time
ACK_EVERY = 500
COLUMNS = "id, title, description, price, image, sku, created_at, updated_at, deleted_at, applied_at, version"
ROWS_PER_STATEMENT = 500
TIMEOUT_SECONDS = 120.0


def publish(url: str, bodies: Iterable[bytes], *, exchange: str = "", key: str = QUEUE, **properties: str) -> float:
    """Seconds until the last body is confirmed: pika's SelectConnection, pipelined."""
    return _Publisher(url, bodies, exchange, key, properties).run()


class _Publisher:
    def __init__(self, url: str, bodies: Iterable[bytes], exchange: str, key: str, said: dict[str, str]) -> None:
        self._left = iter(bodies)
        self._target = exchange, key
        self._properties = pika.BasicProperties(delivery_mode=2, **said)
        self._sent = self._confirmed = 0
        self._took = 0.0
        self._connection = pika.SelectConnection(
            pika.URLParameters(url), lambda connection: connection.channel(on_open_callback=self._opened)
        )

    def run(self) -> float:
        self._connection.ioloop.call_later(TIMEOUT_SECONDS, self._connection.ioloop.stop)
        self._connection.ioloop.start()
        assert self._took, "the broker did not confirm in time"
        return self._took

    def _opened(self, channel: pika.channel.Channel) -> None:
        def ready(_: object) -> None:
            self._began = time.perf_counter()
            self._fill(channel)

        channel.confirm_delivery(lambda frame: self._confirm(channel, frame), callback=ready)

    def _fill(self, channel: pika.channel.Channel) -> None:
        for body in islice(self._left, WINDOW - (self._sent - self._confirmed)):
            self._sent += 1
            channel.basic_publish(*self._target, body, self._properties)
        if self._sent == self._confirmed:
            self._took = time.perf_counter() - self._began
            self._connection.add_on_close_callback(lambda connection, _: connection.ioloop.stop())
            self._connection.close()

    def _confirm(self, channel: pika.channel.Channel, frame: pika.frame.Method) -> None:
        assert isinstance(frame.method, pika.spec.Basic.Ack), "the broker refused a message"
        self._confirmed = frame.method.delivery_tag if frame.method.multiple else self._confirmed + 1
        if self._sent - self._confirmed <= WINDOW // 2:
            self._fill(channel)


def consume(url: str, count: int) -> float:
    """Seconds from the first message to the ack of the last: pika's SelectConnection, cumulative acks."""
    connection = pika.SelectConnection(
        pika.URLParameters(url), lambda connection: connection.channel(on_open_callback=opened)
    )
    got, began, took = 0, 0.0, 0.0

    def opened(channel: pika.channel.Channel) -> None:
        channel.basic_qos(prefetch_count=2 * ACK_EVERY)
        channel.basic_consume(QUEUE, received)

    def received(channel: pika.channel.Channel, method: pika.spec.Basic.Deliver, *_: object) -> None:
        nonlocal got, began, took
        began = began or time.perf_counter()
        got += 1
        if got % ACK_EVERY == 0 or got == count:
            channel.basic_ack(method.delivery_tag, multiple=True)
        if got == count:
            took = time.perf_counter() - began
            connection.add_on_close_callback(lambda connection, _: connection.ioloop.stop())
            connection.close()

    connection.ioloop.call_later(TIMEOUT_SECONDS, connection.ioloop.stop)
    connection.ioloop.start()
    assert took, f"only {got} of {count} messages came in time"
    return took


def upsert(connection: object, count: int) -> float:
    """Seconds for `count` rows, 500 a statement and a commit each."""
    began = time.perf_counter()
    for start in range(1, count + 1, ROWS_PER_STATEMENT):
        rows = [_row(number) for number in range(start, start + ROWS_PER_STATEMENT)]
        _insert(connection, rows, "ON DUPLICATE KEY UPDATE title=VALUES(title), version=VALUES(version)")
    return time.perf_counter() - began


def insert(connection: object, count: int) -> float:
    """Seconds for `count` rows, one a statement and a commit each."""
    began = time.perf_counter()
    for number in range(1, count + 1):
        _insert(connection, [_row(number)])
    return time.perf_counter() - began


def _insert(connection, rows: Sequence[tuple[object, ...]], ending: str = "") -> None:
    places = ",".join([f"({','.join(['%s'] * len(rows[0]))})"] * len(rows))
    with connection.cursor() as cursor:
        statement = f"INSERT INTO replica_product ({COLUMNS}) VALUES {places} {ending}"
        cursor.execute(statement, [value for row in rows for value in row])
    connection.commit()


def _row(number: int) -> tuple[object, ...]:
    moment = "2026-01-02 03:04:05.678901"
    text = "A lamp for the desk, of brushed steel."
    return number, f"Lamp {number}", text, "19.90", "", None, moment, moment, None, moment, 1
