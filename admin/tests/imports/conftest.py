import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from imports.fetching.fetcher import Fetcher

from tests.support import ADMIN

SITE = ADMIN.parent / "tests/shops/site.py"


class Site:
    """The test website, as a process."""

    def __init__(self, url: str) -> None:
        self.url = url

    def requests(self) -> list[dict[str, Any]]:
        """So far, with their times."""
        with urllib.request.urlopen(f"{self.url}/-/requests", timeout=10) as answer:
            return list(json.load(answer))

    def price(self, sku: str, to: str) -> None:
        request = urllib.request.Request(f"{self.url}/-/price/{sku}?to={to}", method="PUT")
        urllib.request.urlopen(request, timeout=10).close()


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    with subprocess.Popen([sys.executable, str(SITE)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield Site(process.stdout.readline().strip())
        finally:
            process.kill()


@pytest.fixture
def imports_conf(settings: Any) -> Callable[..., None]:
    """Turns the imports' knobs, also beyond their bounds where a test would have to wait otherwise."""

    def turn(**changes: Any) -> None:
        settings.IMPORTS = msgspec.structs.replace(settings.IMPORTS, **changes)

    return turn


@pytest.fixture
def fetcher(imports_conf: Callable[..., None]) -> Fetcher:
    """One that may ask loopback, without a delay."""
    imports_conf(private_networks="127.0.0.0/8", delay_seconds=0)
    return Fetcher()
