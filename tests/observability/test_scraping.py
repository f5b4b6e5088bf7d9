"""A real Prometheus scrapes the real processes: what we say there is, it has."""

import http.client
import re
from typing import Any

import pika
import pytest

from tests.e2e.stacks.make_run import MakeRun
from tests.e2e.waiting import eventually
from tests.observability.prometheus import DASHBOARD, ROOT, RULES, Prometheus
from tests.servers.process import live_processes

PAGE = (ROOT / "docs" / "metrics.md").read_text()
NAME = re.compile(r"\b(?:lockstep|rabbitmq)_[a-z_]+\b")
# Of a check of the copies, which nobody has run here; of a failure, which has not happened.
NOT_YET = {"lockstep_drift_products", "lockstep_drift_last_check_timestamp_seconds"}
EXPRESSIONS = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
PARTS = re.compile(r"_(bucket|sum|count)$")


@pytest.fixture(scope="module")
def worked(lockstep: MakeRun, prometheus: Prometheus) -> Prometheus:
    """After a product has gone its way, and something that is no event: seen by Prometheus at least twice."""
    answer = lockstep.admin.request("POST", "/api/products", {"title": "Lamp"})
    product = f"/api/products/{answer.json['id']}"

    def shown() -> None:
        assert lockstep.service.get(product).status == 200

    eventually(shown, within=60)  # so the queue is there, without which the next message would be nobody's
    with pika.BlockingConnection(pika.URLParameters(lockstep.settings["BROKER_URL"])) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.basic_publish("catalogue.events", "product.created", b"nonsense", mandatory=True)

    def seen() -> None:
        assert prometheus.query('lockstep_published_total{job="relay"} >= 1')
        assert prometheus.query('lockstep_consumed_total{job="consumer",outcome="applied"} >= 1')
        assert prometheus.query('lockstep_dead_letters{job="service"} == 1')
        assert prometheus.query("rate(lockstep_lag_seconds_count[1m])")

    eventually(seen, within=60, every=0.5)
    return prometheus


def scrape(place: str) -> str:
    connection = http.client.HTTPConnection(place, timeout=10)
    connection.request("GET", "/metrics")
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert answer.status == 200, text
    return text


def test_every_target_answers(worked: Prometheus) -> None:
    def up() -> None:
        found = {sample["metric"]["job"]: sample["value"][1] for sample in worked.query("up")}
        assert found == dict.fromkeys(("admin", "service", "relay", "consumer", "worker", "rabbitmq"), "1")

    eventually(up, within=20)


@pytest.mark.parametrize(
    ("series", "value"),
    [
        ('lockstep_products{job="admin"}', 1),
        ('lockstep_products{job="service"}', 1),
        ('sum(lockstep_outbox_events{job="admin"})', 0),
        ('lockstep_process_up{job="admin",role="relay"}', 1),
        ('lockstep_process_up{job="service",role="consumer"}', 1),
        ('lockstep_queue_consumers{job="service"}', 1),
        ('lockstep_dead_letters{job="service",reason="unreadable"}', 1),
        ('lockstep_published_total{job="relay",event_type="lockstep.catalogue.product.created.v1"}', 1),
        ('lockstep_consumed_total{job="consumer",outcome="rejected"}', 1),
        ('lockstep_lag_seconds_count{job="consumer"}', 1),
        ('lockstep_broker_blocked{job="relay"}', 0),
        ("rabbitmq_alarms_memory_used_watermark", 0),
        ("rabbitmq_alarms_free_disk_space_watermark", 0),
        ("count(lockstep_build_info)", 5),
    ],
)
def test_a_series_has_its_value(worked: Prometheus, series: str, value: int) -> None:
    def told() -> None:
        assert [float(sample["value"][1]) for sample in worked.query(series)] == [value]

    eventually(told, within=20, every=0.5)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_each_expression_of_the_dashboard_finds_something(worked: Prometheus, expression: str) -> None:
    def found() -> None:
        assert worked.query(expression)

    eventually(found, within=20, every=0.5)


def test_the_dashboard_fits_the_datasource_and_overlaps_nowhere() -> None:
    assert DASHBOARD["uid"] == "lockstep"
    datasource = (ROOT / "docker-conf" / "grafana" / "datasource.yml").read_text()
    uids = {panel["datasource"]["uid"] for panel in DASHBOARD["panels"]}
    assert uids == set(re.findall(r"^    uid: (\S+)$", datasource, re.MULTILINE))
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    cells = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def exposed(prometheus: Prometheus) -> set[str]:
    names = prometheus.ask("label/__name__/values")
    return {PARTS.sub("", name) for name in names if name.startswith("lockstep_")}


def test_each_metric_stands_in_the_page_and_no_other(worked: Prometheus) -> None:
    documented = set(re.findall(r"^\| `(lockstep_\w+)", PAGE, re.MULTILINE))
    assert documented - NOT_YET == exposed(worked)


def test_rules_and_dashboard_name_only_metrics_that_are_there(worked: Prometheus) -> None:
    text = " ".join([*EXPRESSIONS, *(rule["expr"] for rule in RULES)])
    known = set(worked.ask("label/__name__/values")) | NOT_YET
    assert set(NAME.findall(text)) - known == set()


def test_what_a_rule_says_of_a_dead_letter_is_filled_in(worked: Prometheus) -> None:
    def fires() -> dict[str, Any]:
        found = [alert for alert in worked.ask("alerts")["alerts"] if alert["labels"]["alertname"] == "DeadLetters"]
        assert found
        return dict(found[0])

    assert eventually(fires, within=20)["annotations"]["summary"] == "1 dead letters: unreadable."


@pytest.mark.parametrize("side", ["admin", "service"])
def test_the_two_workers_of_a_web_say_the_same(
    worked: Prometheus, lockstep: MakeRun, places: dict[str, str], side: str
) -> None:
    workers = [pid for pid, (parent, _) in live_processes().items() if parent == lockstep.pid(side)]
    assert len(workers) == 2

    def agree() -> None:
        assert len({scrape(places[side]) for _ in range(20)}) == 1

    eventually(agree, within=30)
