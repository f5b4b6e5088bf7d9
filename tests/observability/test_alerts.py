"""Each alert fires when it should, not before, and falls silent when all is well; each says what to do."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.observability.prometheus import CONF, ROOT, RULES, promtool

PAGE = (ROOT / "docs" / "metrics.md").read_text()
WELL = {
    'lockstep_outbox_oldest_age_seconds{instance="admin"}': "2x60",
    'lockstep_outbox_events{instance="admin",state="waiting"}': "3x60",
    'lockstep_outbox_events{instance="admin",state="unroutable"}': "0x60",
    'lockstep_outbox_events{instance="admin",state="held"}': "0x60",
    'lockstep_queue_consumers{instance="service"}': "1x60",
    'lockstep_queue_events{instance="service",queue="live"}': "10+1x60",
    'lockstep_lag_seconds_bucket{le="0.1"}': "0+10x60",
    'lockstep_lag_seconds_bucket{le="60.0"}': "0+10x60",
    'lockstep_lag_seconds_bucket{le="+Inf"}': "0+10x60",
    'lockstep_dead_letters{reason="invalid"}': "0x60",
    'lockstep_drift_products{kind="missing"}': "0x60",
    'lockstep_drift_products{kind="stale"}': "0x60",
    'lockstep_products{job="admin",instance="admin"}': "1000+1x60",
    'lockstep_products{job="service",instance="service"}': "1000+1x60",
    'lockstep_process_up{instance="admin",role="relay"}': "1x60",
    'lockstep_last_turn_age_seconds{job="relay"}': "1x60",
    'lockstep_relay_last_success_timestamp_seconds{instance="admin"}': "0+60x60",
    'lockstep_processes{job="service",state="no_source"}': "0x60",
    'lockstep_paused{instance="admin"}': "0x60",
    'lockstep_jobs{instance="admin",queue="imports",state="queued"}': "2x60",
    'lockstep_jobs{instance="admin",queue="checks",state="queued"}': "0x60",
    'lockstep_jobs{instance="admin",queue="imports",state="failed"}': "1x60",
    'lockstep_jobs{instance="admin",queue="checks",state="failed"}': "0x60",
    'lockstep_workers{instance="admin"}': "1x60",
    'lockstep_schedules{instance="admin"}': "1x60",
    'lockstep_beats{instance="admin"}': "1x60",
    "lockstep_broker_blocked": "0x60",
    "rabbitmq_alarms_memory_used_watermark": "0x60",
    "rabbitmq_alarms_free_disk_space_watermark": "0x60",
    'up{job="admin"}': "1x60",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """With this in place of what is well, the alert fires at minute `fires`, and nothing fires at minute `silent`."""

    alert: str
    series: str
    values: str
    fires: int
    silent: int = 0


CASES = [
    Case(
        alert="OldestEventTooOld",
        series='lockstep_outbox_oldest_age_seconds{instance="admin"}',
        values="60 61x60",
        fires=3,
        silent=1,
    ),
    Case(
        alert="EventsUnroutable",
        series='lockstep_outbox_events{instance="admin",state="unroutable"}',
        values="0 5x60",
        fires=2,
        silent=1,
    ),
    Case(
        alert="EventsHeld",
        series='lockstep_outbox_events{instance="admin",state="held"}',
        values="0 1x60",
        fires=1,
    ),
    Case(
        alert="QueueWithoutConsumers",
        series='lockstep_queue_consumers{instance="service"}',
        values="1 0x60",
        fires=3,
        silent=2,
    ),
    Case(
        alert="QueueGrowing",
        series='lockstep_queue_events{instance="service",queue="live"}',
        values="900+10x60",
        fires=30,
        silent=15,
    ),
    Case(alert="CopyLags", series='lockstep_lag_seconds_bucket{le="0.1"}', values="0x60", fires=15, silent=10),
    Case(alert="DeadLetters", series='lockstep_dead_letters{reason="invalid"}', values="0 1x60", fires=1),
    Case(alert="Drift", series='lockstep_drift_products{kind="stale"}', values="0 2x60", fires=1),
    Case(
        alert="CountsDiffer",
        series='lockstep_products{job="service",instance="service"}',
        values="1000 800+1x60",
        fires=12,
        silent=11,
    ),
    Case(
        alert="ProcessDown",
        series='lockstep_process_up{instance="admin",role="relay"}',
        values="1 0x60",
        fires=2,
        silent=1,
    ),
    Case(
        alert="ProcessStuck",
        series='lockstep_last_turn_age_seconds{job="relay"}',
        values="0+60x60",
        fires=3,
        silent=2,
    ),
    Case(
        alert="RelayStuck",
        series='lockstep_relay_last_success_timestamp_seconds{instance="admin"}',
        values="60x60",
        fires=5,
        silent=3,
    ),
    Case(
        alert="CutOff",
        series='lockstep_processes{job="service",state="no_source"}',
        values="0 1x60",
        fires=6,
        silent=5,
    ),
    Case(alert="Paused", series='lockstep_paused{instance="admin"}', values="1x120", fires=60, silent=59),
    Case(alert="JobsNoWorker", series='lockstep_workers{instance="admin"}', values="1 0x60", fires=3, silent=2),
    Case(alert="SchedulesNoBeat", series='lockstep_beats{instance="admin"}', values="1 0x60", fires=3, silent=2),
    Case(
        alert="JobsFailed",
        series='lockstep_jobs{instance="admin",queue="imports",state="failed"}',
        values="1 2x60",
        fires=1,
    ),
    Case(alert="PublishingBlocked", series="lockstep_broker_blocked", values="0 1x60", fires=2, silent=1),
    Case(alert="BrokerMemoryAlarm", series="rabbitmq_alarms_memory_used_watermark", values="0 1x60", fires=2, silent=1),
    Case(
        alert="BrokerDiskAlarm", series="rabbitmq_alarms_free_disk_space_watermark", values="0 1x60", fires=2, silent=1
    ),
    Case(alert="TargetDown", series='up{job="admin"}', values="1 0x60", fires=3, silent=2),
]


def firing(minute: int, *alerts: str) -> dict[str, object]:
    expected = [{"labels": f'{{alertname="{alert}"}}', "value": 1} for alert in alerts]
    expression = 'count by (alertname) (ALERTS{alertstate="firing"})'
    return {"expr": expression, "eval_time": f"{minute}m", "exp_samples": expected}


def judge(folder: Path, series: dict[str, str], *expected: dict[str, object]) -> None:
    test = {
        "rule_files": [str(CONF / "rules.yml")],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "promql_expr_test": list(expected),
            }
        ],
    }
    (folder / "alerts.yml").write_text(yaml.safe_dump(test))
    done = promtool("test", "rules", folder / "alerts.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_fires_where_all_is_well(tmp_path: Path) -> None:
    judge(tmp_path, WELL, *(firing(minute) for minute in range(0, 60, 5)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.alert)
def test_an_alert_fires_in_its_time_and_alone(case: Case, tmp_path: Path) -> None:
    judge(tmp_path, WELL | {case.series: case.values}, firing(case.silent), firing(case.fires, case.alert))


def test_a_relay_that_is_paused_is_not_called_stuck(tmp_path: Path) -> None:
    paused = {
        'lockstep_relay_last_success_timestamp_seconds{instance="admin"}': "60x60",
        'lockstep_paused{instance="admin"}': "1x60",
    }
    judge(tmp_path, WELL | paused, firing(10))


def test_a_relay_with_nothing_to_do_is_not_called_stuck(tmp_path: Path) -> None:
    idle = {
        'lockstep_relay_last_success_timestamp_seconds{instance="admin"}': "60x60",
        'lockstep_outbox_events{instance="admin",state="waiting"}': "0x60",
    }
    judge(tmp_path, WELL | idle, firing(30))


def test_a_copy_that_follows_a_moment_later_is_not_called_different(tmp_path: Path) -> None:
    judge(tmp_path, WELL | {'lockstep_products{job="service",instance="service"}': "999+1x60"}, firing(30))


def test_a_copy_that_has_too_many_is_told_too(tmp_path: Path) -> None:
    service = 'lockstep_products{job="service",instance="service"}'
    judge(tmp_path, WELL | {service: "1200+1x60"}, firing(30, "CountsDiffer"))


def test_no_worker_is_missed_where_no_job_waits(tmp_path: Path) -> None:
    idle = {
        'lockstep_jobs{instance="admin",queue="imports",state="queued"}': "0x60",
        'lockstep_workers{instance="admin"}': "0x60",
    }
    judge(tmp_path, WELL | idle, firing(30))


def test_beat_is_not_missed_where_no_schedule_is_switched_on(tmp_path: Path) -> None:
    idle = {'lockstep_schedules{instance="admin"}': "0x60", 'lockstep_beats{instance="admin"}': "0x60"}
    judge(tmp_path, WELL | idle, firing(30))


def test_a_failed_job_is_told_for_half_an_hour(tmp_path: Path) -> None:
    failed = {'lockstep_jobs{instance="admin",queue="checks",state="failed"}': "0 1x60"}
    judge(tmp_path, WELL | failed, firing(29, "JobsFailed"), firing(32))


def test_each_alert_is_tried() -> None:
    assert [case.alert for case in CASES] == [rule["alert"] for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_so_and_what_to_do(rule: dict[str, dict[str, str]]) -> None:
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    assert rule["annotations"].keys() == {"summary", "description", "runbook"}
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(), re.MULTILINE)
    assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_page_has_each_alert_and_no_other() -> None:
    rows = re.findall(r"^\| \*\*(\w+)\*\* \|", PAGE, re.MULTILINE)
    assert rows == [rule["alert"] for rule in RULES]


def test_the_rules_and_both_configurations_are_valid() -> None:
    assert promtool("check", "rules", "rules.yml").returncode == 0
    for file in ("prometheus.yml", "production.yml"):
        done = promtool("check", "config", "--syntax-only", file)
        assert done.returncode == 0, done.stderr


def test_production_differs_by_its_tokens_alone() -> None:
    development, production = (
        yaml.safe_load((CONF / f"{name}.yml").read_text()) for name in ("prometheus", "production")
    )
    for job in production["scrape_configs"]:
        token = job.pop("authorization", None)
        name = job["job_name"]
        wanted = {"credentials_file": f"/run/secrets/prometheus_{name}_token"} if name in ("admin", "service") else None
        assert token == wanted
    assert production == development
