"""BROKER_URL as Celery wants it: the nodes' URLs without options, and TLS as pika takes it from the same URL."""

import ssl
from ast import literal_eval
from typing import Any
from urllib.parse import parse_qs, urlsplit

FILES = ("ca_certs", "certfile", "keyfile")


def nodes(broker_url: str) -> list[str]:
    """What stands behind the `?` is pika's; Celery's is in celeryconfig."""
    found = [url.strip() for url in broker_url.split(",") if url.strip()]
    return [urlsplit(url)._replace(query="").geturl() for url in found]


def tls(broker_url: str) -> dict[str, Any]:
    """Of the first node, for all; empty in the clear. The certificate is always checked, and whose it is: which node
    that must be, jobs/secured.py knows."""
    parts = urlsplit(broker_url.split(",")[0].strip())
    if parts.scheme != "amqps":
        return {}
    options = literal_eval(parse_qs(parts.query).get("ssl_options", ["{}"])[0])
    return {name: options[name] for name in FILES if options.get(name)} | {"cert_reqs": ssl.CERT_REQUIRED}
