"""Celery goes to the same place as pika, by the same name and password; and never without looking at a certificate."""

import ssl

import pika
import pytest
from config.amqp import nodes, tls
from kombu import Connection

PLACES = [
    "amqp://lockstep:lockstep@rabbitmq:5672/lockstep",
    "amqp://user:p%40ss%2Fw%3Ard%25@host:5673/vhost",
    "amqp://us%40er:a+b@host:5672/a%2Fb",
    "amqp://user:password@host:5672/%2F",
    "amqp://user:password@host:5672/v%20h?heartbeat=5",
    "amqp://user:password@[::1]:5672/vhost",
    "amqp://user:password@host/vhost",
]


@pytest.mark.parametrize("url", PLACES)
def test_a_url_means_to_celery_what_it_means_to_pika(url: str) -> None:
    meant = pika.URLParameters(url)
    (node,) = nodes(url)
    found = Connection(node)
    assert (found.hostname, found.port or 5672, found.virtual_host) == (meant.host, meant.port, meant.virtual_host)
    assert isinstance(meant.credentials, pika.PlainCredentials)
    assert (found.userid, found.password) == (meant.credentials.username, meant.credentials.password)


def test_each_node_of_a_cluster_is_one() -> None:
    urls = "amqp://a:b@one:5672/v?heartbeat=5 , amqp://a:b@two:5672/v"
    assert nodes(urls) == ["amqp://a:b@one:5672/v", "amqp://a:b@two:5672/v"]


def test_in_the_clear_there_is_no_tls() -> None:
    assert tls("amqp://a:b@one:5672/v") == {}


def test_a_certificate_is_checked_by_the_ca_that_the_url_names_or_by_the_systems() -> None:
    assert tls("amqps://a:b@one:5671/v") == {"cert_reqs": ssl.CERT_REQUIRED}
    named = tls("amqps://a:b@one:5671/v?ssl_options={'ca_certs':'/ca.pem'}")
    assert named == {"cert_reqs": ssl.CERT_REQUIRED, "ca_certs": "/ca.pem"}


def test_the_check_cannot_be_switched_off() -> None:
    found = tls("amqps://a:b@one:5671/v?ssl_options={'cert_reqs':0}")
    assert found == {"cert_reqs": ssl.CERT_REQUIRED}
