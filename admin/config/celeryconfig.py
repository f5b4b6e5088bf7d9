"""Celery's settings, by its own names. The queues are classic ones on purpose: docs/decisions/0020."""

import ssl
from ast import literal_eval
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from jobs.kinds import queues
from kombu import Exchange, Queue

from config.queues import PREFIX, queue_name


def _folder() -> Path:
    """Beside SQLite's file: what waits for the workers where there is no broker."""
    return Path(settings.DATABASES["default"]["NAME"]).with_suffix(".jobs")


def _files() -> dict[str, Any]:
    folder = _folder()
    for name in ("messages", "control"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    messages = str(folder / "messages")
    return {
        "data_folder_in": messages,
        "data_folder_out": messages,
        "control_folder": str(folder / "control"),
        "polling_interval": 0.2,
    }


def _tls(url: str) -> dict[str, Any]:
    """What pika takes from the same URL: the server's certificate is always checked."""
    options = literal_eval(parse_qs(urlsplit(url).query).get("ssl_options", ["{}"])[0])
    known = {
        "ca_certs": options.get("ca_certs"),
        "certfile": options.get("certfile"),
        "keyfile": options.get("keyfile"),
    }
    return {k: v for k, v in known.items() if v} | {
        "cert_reqs": ssl.CERT_REQUIRED,
        "server_hostname": urlsplit(url).hostname,
    }


_nodes = [url.strip() for url in settings.BROKER_URL.split(",") if url.strip()]
if _nodes:
    broker_url = [urlsplit(url)._replace(query="").geturl() for url in _nodes]
    broker_use_ssl = _tls(_nodes[0]) if _nodes[0].startswith("amqps:") else False
    broker_transport_options = {"confirm_publish": True, "read_timeout": 15, "write_timeout": 15}
else:
    broker_url = ["folder://localhost"]  # kombu wants something to show; the transport is ours
    broker_transport = "jobs.folder.Transport"
    broker_transport_options = _files()
    worker_enable_remote_control = False  # nobody could ask: Flower wants a broker
broker_connection_timeout = 4
broker_heartbeat = 10
broker_connection_retry_on_startup = True
broker_connection_max_retries = None  # it tries for ever

imports = ["jobs.worker"]
_exchange = Exchange(PREFIX, type="direct", durable=True)
task_queues = [Queue(queue_name(queue), _exchange, routing_key=queue, durable=True) for queue in queues()]
task_default_queue = queue_name(queues()[0])
task_default_exchange, task_default_routing_key = PREFIX, queues()[0]
task_create_missing_queues = False
event_exchange = event_queue_prefix = f"{PREFIX}.events"
control_exchange = f"{PREFIX}.control"
# Durable, and gone after 10 s without a worker: one of a worker's own would be locked, after its connection was cut,
# until the broker notices, and end the worker; RabbitMQ means to give up those that are neither.
control_queue_exclusive, control_queue_durable = False, True

task_serializer = "json"
accept_content = ["json"]
task_ignore_result = True  # the job's row tells it
task_acks_late = True
task_reject_on_worker_lost = True
task_time_limit = settings.JOBS.seconds + 60  # the last resort: keeping.py ends it before
worker_prefetch_multiplier = 1
worker_max_tasks_per_child = 200
worker_hijack_root_logger = False
timezone = "UTC"
beat_scheduler = "jobs.scheduler:Scheduler"
beat_max_loop_interval = 1  # second
