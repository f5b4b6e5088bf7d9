"""Which addresses may be asked: public ones, and those of networks that IMPORTS_PRIVATE_NETWORKS allows."""

import ipaddress
import socket
from collections.abc import Iterable, Iterator

from jobs.errors import Later, Refused

from imports.conf import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.ip_network("64:ff9b::/96")
UNKNOWN = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))


def looked_up(host: str, port: int, *, allowed: Iterable[Network]) -> list[str]:
    """The host's addresses, for connections that go to these and nowhere else: a name may mean another one the next
    time it is looked up. Raises Refused where one of them is not to be asked, Later where the look-up fails now."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in UNKNOWN:
            raise Refused(f"There is no host {host}. Look at how it is written.") from error
        raise Later(f"The host {host} cannot be looked up: {error.strerror}.") from error
    except (UnicodeError, OSError) as error:
        raise Refused(f"{host} is no name of a host.") from error
    addresses = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
    allowed = list(allowed)
    for address in addresses:
        if not may_be_asked(ipaddress.ip_address(address.partition("%")[0]), allowed=allowed):
            raise Refused(
                f"{host} is {address}, which is no public address: nothing is fetched from there unless "
                "IMPORTS_PRIVATE_NETWORKS allows it."
            )
    return addresses


def may_be_asked(address: Address, *, allowed: Iterable[Network] = ()) -> bool:
    return any(address in network for network in allowed) or all(map(_is_public, _meant(address)))


def _meant(address: Address) -> Iterator[Address]:
    """The address, and those that it carries inside: whoever routes it may unpack them."""
    yield address
    if isinstance(address, ipaddress.IPv6Address):
        yield from filter(None, (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())))
        if address in NAT64 or int(address) >> 32 == 0:
            yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _is_public(address: Address) -> bool:
    # A mapped address is judged by the one inside.
    is_mapped = isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None
    is_odd = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_link_local
    return is_mapped or (address.is_global and not is_odd)
