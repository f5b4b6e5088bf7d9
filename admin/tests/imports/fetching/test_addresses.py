import ipaddress
import socket
from typing import Any

import pytest
from imports.fetching.addresses import looked_up, may_be_asked
from jobs.errors import Later, Refused

PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8"]
NOT_PUBLIC = [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.0", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1",
    "::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
    "2002:7f00:1::", "2002:a00:1::", "2001:0:7f00:1::",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_asked(address: str) -> None:
    assert may_be_asked(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_no_other_address_may_be_asked_whatever_it_is_wrapped_in(address: str) -> None:
    assert not may_be_asked(ipaddress.ip_address(address))


def test_a_network_that_is_allowed_may_be_asked_and_no_other_one() -> None:
    allowed = [ipaddress.ip_network("10.1.0.0/16")]
    assert may_be_asked(ipaddress.ip_address("10.1.2.3"), allowed=allowed)
    assert not may_be_asked(ipaddress.ip_address("10.2.0.1"), allowed=allowed)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "017700000001", "localhost", "::1", "::ffff:127.0.0.1", "0"]
)
def test_loopback_is_refused_in_every_spelling(host: str) -> None:
    with pytest.raises(Refused, match="IMPORTS_PRIVATE_NETWORKS"):
        looked_up(host, 80, allowed=[])


def test_of_several_addresses_one_that_is_private_is_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(Refused, match=r"10\.0\.0\.1"):
        looked_up("shop.example.com", 80, allowed=[])


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
        looked_up("shop.example.com", 80, allowed=[])


@pytest.mark.parametrize("host", ["a" * 300, "-..-", "a\0b", ""])
def test_what_is_no_name_is_refused(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _without_dns(socket.getaddrinfo))
    with pytest.raises((Refused, Later)):
        looked_up(host, 80, allowed=[])


def _without_dns(real: Any) -> Any:
    """No name leaves this machine."""

    def look_up(host: str, port: int, **options: Any) -> Any:
        return real(host, port, **options | {"flags": socket.AI_NUMERICHOST})

    return look_up
