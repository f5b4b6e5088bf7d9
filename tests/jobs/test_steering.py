"""What people do to jobs while workers run: cancel, retry, pause, empty; and what beat makes of schedules."""

from tests.e2e.waiting import eventually
from tests.faults.lab.lab import Lab
from tests.jobs.asking import Jobs
from tests.jobs.shops import Shops


def test_a_running_import_is_cancelled_within_seconds_and_can_be_tried_again(
    lab: Lab, jobs: Jobs, shops: Shops
) -> None:
    jobs.worker()
    job_id = jobs.ask(f"{shops.url}/slow/60000/1")
    jobs.wait(job_id, "running")
    jobs.post(job_id, "cancel")
    assert jobs.wait(job_id, within=15)["state"] == "cancelled"
    after = jobs.ask(f"{shops.url}/slow/100/2")
    assert jobs.wait(after)["state"] == "succeeded"


def test_what_passes_by_is_tried_again_until_it_works(lab: Lab, jobs: Jobs, shops: Shops) -> None:
    jobs.worker()
    found = jobs.wait(jobs.ask(f"{shops.url}/flaky/steering/2"))
    assert (found["state"], found["attempt"], found["tries"]) == ("succeeded", 3, 2)


def test_paused_workers_take_nothing_and_go_on_afterwards(lab: Lab, jobs: Jobs, shops: Shops) -> None:
    jobs.worker()
    jobs.manage("jobs", "pause", "--reason", "the shop is closed")
    try:
        job_id = jobs.ask(f"{shops.url}/slow/100/3")
        eventually(lambda: _says(jobs.manage("jobs", "info"), "the shop is closed"), within=20)
        assert jobs.read(job_id)["state"] == "queued"
    finally:
        jobs.manage("jobs", "resume")
    assert jobs.wait(job_id)["state"] == "succeeded"


def test_an_emptied_queue_has_nothing_for_the_next_worker(lab: Lab, jobs: Jobs, shops: Shops) -> None:
    ids = [jobs.ask(f"{shops.url}/slow/100/empty-{number}") for number in range(3)]
    jobs.manage("jobs", "empty", "imports")
    last = jobs.ask(f"{shops.url}/slow/100/empty-last")
    jobs.worker()
    assert jobs.wait(last)["state"] == "succeeded"
    assert {jobs.read(job_id)["state"] for job_id in ids} == {"cancelled"}
    assert {token for (token,) in jobs.rows("token", "id <> %s", last)} == {0}


def test_a_schedule_fires_again_and_again(lab: Lab, jobs: Jobs, shops: Shops) -> None:
    jobs.worker("-B")
    jobs.manage("jobs", "schedule", "lamp", "--import", f"{shops.url}/json-ld/lamp", "--every", "2")
    try:
        eventually(lambda: _at_least(jobs, 2, "schedule = 'lamp' AND state = 'succeeded'"), within=60)
    finally:
        jobs.manage("jobs", "unschedule", "lamp")
    outcomes = [counts for (counts,) in jobs.rows("counts", "schedule = 'lamp' AND state = 'succeeded' ORDER BY id")]
    assert '"created": 1' in outcomes[0]
    assert '"unchanged": 1' in outcomes[1]
    assert "lamp" in jobs.manage("jobs", "runs", "lamp")


def test_a_cron_line_fires_at_its_minute(lab: Lab, jobs: Jobs, shops: Shops) -> None:
    jobs.worker("-B")
    jobs.manage("jobs", "schedule", "minutely", "--import", f"{shops.url}/slow/100/cron", "--cron", "* * * * *")
    try:
        eventually(lambda: _at_least(jobs, 1, "schedule = 'minutely' AND state = 'succeeded'"), within=90)
    finally:
        jobs.manage("jobs", "unschedule", "minutely")
    ((at,),) = jobs.rows("created_at", "schedule = 'minutely' ORDER BY id LIMIT 1")
    assert at.second < 15, f"fired at {at}, which is no full minute"


def test_a_schedule_fires_though_the_broker_is_away(lab: Lab, jobs: Jobs, shops: Shops) -> None:
    jobs.manage("jobs", "schedule", "away", "--import", f"{shops.url}/microdata/lamp", "--every", "2")
    lab.servers.broker.stop()
    try:
        jobs.worker("-B")
        eventually(lambda: _at_least(jobs, 1, "schedule = 'away'"), within=30)
    finally:
        lab.servers.broker.start()
        jobs.manage("jobs", "unschedule", "away")
    eventually(lambda: _at_least(jobs, 1, "schedule = 'away' AND state = 'succeeded'"), within=60)


def test_the_drift_check_runs_on_a_schedule_and_its_verdict_is_the_jobs(lab: Lab, jobs: Jobs, shops: Shops) -> None:
    jobs.worker("-B", SERVICE_URL=f"http://127.0.0.1:{lab.service.port}")
    jobs.manage("jobs", "schedule", "every now and then", "--drift-check", "--every", "3")
    try:
        eventually(lambda: _at_least(jobs, 1, "kind = 'drift check' AND state = 'succeeded'"), within=120)
    finally:
        jobs.manage("jobs", "unschedule", "every now and then")
    ((said,),) = jobs.rows("said", "kind = 'drift check' AND state = 'succeeded' ORDER BY id LIMIT 1")
    assert "equal" in said


def _at_least(jobs: Jobs, count: int, where: str) -> None:
    ((found,),) = jobs.rows("COUNT(*)", where)
    assert found >= count, f"{found} jobs where {where}"


def _says(said: str, text: str) -> None:
    assert text in said, said
