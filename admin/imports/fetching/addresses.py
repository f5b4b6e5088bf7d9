"""Which addresses may be asked: public ones, and those of networks that IMPORTS_PRIVATE_NETWORKS allows."""

import ipaddress
import queue
import socket
import threading
from collections.abc import Iterable

import structlog
from jobs.errors import Later, Refused

from imports.conf import Network
from imports.fetching.bounds import Bounds

log = structlog.get_logger()
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Found = list[str] | Exception
UNKNOWN = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
MOST = 8  # addresses of a host that are tried
NAT64 = ipaddress.ip_network("64:ff9b::/96")
GIVEN_OUT = ipaddress.ip_network("2000::/3")  # of IPv6: all else is special, or wraps an address of IPv4
# What `is_global` takes for public, in some versions of Python or in all.
NOT_PUBLIC = [
    ipaddress.ip_network(text)
    for text in (
        "168.63.129.16/32",  # a cloud's services for its own machines
        "192.0.0.0/24",
        "192.88.99.0/24",
        "2001::/23",  # Teredo among them, which wraps an address of IPv4
        "2002::/16",  # 6to4, which does so too
        "3fff::/20",
    )
]


def looked_up(host: str, port: int, *, allowed: Iterable[Network], bounds: Bounds) -> list[str]:
    """The host's addresses, for connections that go to these and nowhere else: a name may mean another one the next
    time it is looked up. Raises Refused where one of them is not to be asked, Later where the look-up fails now."""
    try:
        texts = _resolved(host, port, bounds)
    except socket.gaierror as error:
        if error.errno in UNKNOWN:
            raise Refused(f"There is no host {host[:255]}. Look at how it is written.") from error
        raise Later(f"The host {host[:255]} cannot be looked up: {error.strerror}.") from error
    except (ValueError, OSError) as error:  # UnicodeError among them
        raise Refused(f"{host[:255]} is no name of a host.") from error
    allowed = list(allowed)
    found = [meant(ipaddress.ip_address(text)) for text in texts]
    for address in found:
        if not may_be_asked(address, allowed=allowed):
            log.info("address refused", host=host, address=str(address))  # whoever asked shall not learn it
            raise Refused(
                f"{host} is at no public address: nothing is fetched from there unless IMPORTS_PRIVATE_NETWORKS allows "
                "it. The worker's log has the address."
            )
    return list(dict.fromkeys(map(str, found)))[:MOST]


def meant(address: Address) -> Address:
    """::ffff:127.0.0.1 is 127.0.0.1, for the machine as for us."""
    inside = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return inside or address


def may_be_asked(address: Address, *, allowed: Iterable[Network] = ()) -> bool:
    address = meant(address)
    return any(address in network for network in allowed) or _is_public(address)


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address in NAT64:
            return _is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))  # where it will be translated to
        if address not in GIVEN_OUT:
            return False
    if any(address in network for network in NOT_PUBLIC):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _resolved(host: str, port: int, bounds: Bounds) -> list[str]:
    """Nothing makes the resolver hurry, so a thread asks it, which is left alone where that takes too long."""
    answers: queue.SimpleQueue[Found] = queue.SimpleQueue()
    bounds.left()
    threading.Thread(target=_resolve, args=(host, port, answers), name="look-up", daemon=True).start()
    while True:
        try:
            found = answers.get(timeout=bounds.step())
        except queue.Empty:
            continue
        if isinstance(found, Exception):
            raise found
        return found


def _resolve(host: str, port: int, answers: "queue.SimpleQueue[Found]") -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        answers.put([str(sockaddr[0]) for *_, sockaddr in found])
    except Exception as error:
        answers.put(error)
