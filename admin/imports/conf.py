"""The imports' knobs: IMPORTS_<NAME> in the environment, with their types, units and defaults."""

import ipaddress
from collections.abc import Mapping
from typing import Annotated, Self

import msgspec
from config import knobs
from django.core.exceptions import ImproperlyConfigured
from msgspec import Meta

PREFIX = "IMPORTS_"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class ImportsConf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    private_networks: str = ""
    """Networks that are fetched from though they are not public, with commas: 127.0.0.0/8,10.1.0.0/16."""
    delay_seconds: Annotated[float, Meta(ge=0, le=3600)] = 1.0
    """From one request to a host to the next one, over all workers; robots.txt may ask for more."""
    max_bytes: Annotated[int, Meta(ge=1_000, le=1_000_000_000)] = 20_000_000
    """The most that one answer may hold, unpacked; and an uploaded file."""
    max_pages: Annotated[int, Meta(ge=1, le=100_000)] = 500
    """The most pages that one import reads."""
    fetch_seconds: Annotated[float, Meta(ge=0.1, le=600)] = 30.0
    """The longest that one answer may take with its redirects, from looking up the host to the last byte."""

    @property
    def networks(self) -> list[Network]:
        return [ipaddress.ip_network(text.strip()) for text in self.private_networks.split(",") if text.strip()]

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Raises ImproperlyConfigured for an unknown name or a value out of bounds."""
        conf = knobs.from_environ(cls, environ, prefix=PREFIX)
        try:
            _ = conf.networks
        except ValueError as error:
            raise ImproperlyConfigured(
                f"IMPORTS_PRIVATE_NETWORKS: {error}. Write networks with commas between them, as 127.0.0.0/8."
            ) from error
        return conf
