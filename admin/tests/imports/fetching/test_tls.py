import time
from collections.abc import Callable
from pathlib import Path

import pytest
from imports.fetching.fetcher import Fetcher
from jobs.errors import Later, Refused

from tests.imports.fetching.conftest import Host, page


@pytest.fixture
def trusted(pem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a company trusts its own authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))


@pytest.mark.usefixtures("trusted")
def test_a_host_with_a_certificate_that_is_trusted_is_read(secure_host: Host, fetcher: Fetcher) -> None:
    secure_host.sends["/"] = page(b"lamps")
    assert fetcher.get(f"{secure_host.url}/").body == b"lamps"


@pytest.mark.usefixtures("trusted")
def test_a_certificate_of_another_name_is_refused(secure_host: Host, fetcher: Fetcher) -> None:
    with pytest.raises(Refused, match="certificate or TLS is not accepted"):
        fetcher.get(f"https://127.0.0.1:{secure_host.port}/")
    assert secure_host.asked == []


def test_a_certificate_of_nobody_we_trust_is_refused(secure_host: Host, fetcher: Fetcher) -> None:
    with pytest.raises(Refused, match="certificate or TLS is not accepted"):
        fetcher.get(f"{secure_host.url}/")
    assert secure_host.asked == []


@pytest.mark.usefixtures("trusted")
def test_a_redirect_from_https_to_http_is_refused(secure_host: Host, host: Host, fetcher: Fetcher) -> None:
    secure_host.sends["/"] = page(b"", f"Location: {host.url}/", status="301 Moved")
    host.sends["/"] = page(b"lamps")
    with pytest.raises(Refused, match="leads from https to http://localhost"):
        fetcher.get(f"{secure_host.url}/")
    assert host.asked == []


def test_a_redirect_from_http_to_https_is_followed(
    secure_host: Host, host: Host, fetcher: Fetcher, trusted: None
) -> None:
    host.sends["/"] = page(b"", f"Location: {secure_host.url}/", status="301 Moved")
    secure_host.sends["/"] = page(b"lamps")
    assert fetcher.get(f"{host.url}/").url == f"{secure_host.url}/"


def test_a_host_that_is_silent_in_the_handshake_is_left_in_time(
    fetcher: Fetcher, imports_conf: Callable[..., None], host: Host
) -> None:
    """It waits for the end of an HTTP header, which a TLS hello has not."""
    imports_conf(fetch_seconds=0.7)
    began = time.monotonic()
    with pytest.raises(Later, match=r"longer than 0\.7 s"):
        fetcher.get(f"https://localhost:{host.port}/")
    assert time.monotonic() - began < 2
