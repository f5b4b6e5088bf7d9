import ipaddress
import socket
import time
from typing import Any

import pytest
from imports.conf import Network
from imports.fetching import addresses
from imports.fetching.addresses import may_be_asked
from imports.fetching.bounds import Bounds
from jobs.errors import Cancelled, Later, Refused

PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8", "64:ff9b::808:808"]
NOT_PUBLIC = [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.0", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1",
    "::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
    "2002:7f00:1::", "2002:a00:1::", "2001:0:7f00:1::", "::ffff:0:7f00:1", "64:ff9b:1::a00:1", "fec0::1", "5f00::1",
    "3fff::1", "2001:1::1", "192.0.0.9", "192.88.99.1", "168.63.129.16", "100.100.100.200", "fe80::1%lo",
]  # fmt: skip


def looked_up(
    host: str, *, allowed: list[Network] | None = None, seconds: float = 5, look: Any = lambda: None
) -> list[str]:
    bounds = Bounds(what=host, seconds=seconds, most_bytes=0, look=look)
    return addresses.looked_up(host, 80, allowed=allowed or [], bounds=bounds)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_asked(address: str) -> None:
    assert may_be_asked(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_no_other_address_may_be_asked_whatever_it_is_wrapped_in(address: str) -> None:
    assert not may_be_asked(ipaddress.ip_address(address))


def test_a_network_that_is_allowed_may_be_asked_and_no_other_one() -> None:
    allowed = [ipaddress.ip_network("10.1.0.0/16")]
    assert may_be_asked(ipaddress.ip_address("10.1.2.3"), allowed=allowed)
    assert may_be_asked(ipaddress.ip_address("::ffff:10.1.2.3"), allowed=allowed)
    assert not may_be_asked(ipaddress.ip_address("10.2.0.1"), allowed=allowed)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "017700000001", "localhost", "::1", "::ffff:127.0.0.1", "0"]
)
def test_loopback_is_refused_in_every_spelling(host: str) -> None:
    with pytest.raises(Refused, match="IMPORTS_PRIVATE_NETWORKS"):
        looked_up(host)


def test_of_several_addresses_one_that_is_private_is_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(Refused, match=r"shop\.example\.com is at no public address") as refused:
        looked_up("shop.example.com")
    assert "10.0" not in str(refused.value)  # whoever may import shall not learn our network's map


@pytest.mark.parametrize(
    ("number", "raised"), [(socket.EAI_NONAME, Refused), (socket.EAI_AGAIN, Later), (socket.EAI_FAIL, Later)]
)
def test_a_name_that_is_unknown_is_refused_and_a_look_up_that_fails_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, number: int, raised: type[Exception]
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise socket.gaierror(number, "said so")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(raised, match=r"shop\.example\.com"):
        looked_up("shop.example.com")


@pytest.mark.parametrize("host", ["a" * 300, "-..-", "a\0b", "", "shop..example.com"])
def test_what_is_no_name_is_refused(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _without_dns(socket.getaddrinfo))
    with pytest.raises((Refused, Later)):
        looked_up(host)


def _asleep(*_: Any, **__: Any) -> Any:
    """A resolver whose servers do not answer. It wakes up after the test."""
    time.sleep(3)
    raise socket.gaierror(socket.EAI_AGAIN, "said so")


def test_a_slow_look_up_takes_no_longer_than_an_answer_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _asleep)
    began = time.monotonic()
    with pytest.raises(Later, match=r"longer than 0\.2 s"):
        looked_up("shop.example.com", seconds=0.2)
    assert time.monotonic() - began < 1.5


def test_a_cancelled_import_does_not_wait_for_a_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _asleep)
    began = time.monotonic()

    def look() -> None:
        if time.monotonic() > began + 0.1:
            raise Cancelled

    with pytest.raises(Cancelled):
        looked_up("shop.example.com", look=look)
    assert time.monotonic() - began < 1.5


def _without_dns(real: Any) -> Any:
    """No name leaves this machine."""

    def look_up(host: str, port: int, **options: Any) -> Any:
        return real(host, port, **options | {"flags": socket.AI_NUMERICHOST})

    return look_up
