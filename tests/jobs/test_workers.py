"""Workers share the load, are killed, end in order, and meet a job that kills them: nothing lost, nothing twice."""

import os
import signal
from collections import Counter

from tests.e2e.waiting import eventually
from tests.faults.lab.lab import Lab
from tests.faults.lab.programs import Program
from tests.faults.lab.queue import Queue
from tests.jobs.asking import Jobs
from tests.jobs.shops import Shops

SLOW_MS = 400


def slow(shops: Shops, number: int, *, ms: int = SLOW_MS) -> str:
    return f"{shops.url}/slow/{ms}/{number}"


def running_pid(jobs: Jobs, job_id: int, *, attempt: int) -> int:
    """The process that has the job in this attempt."""

    def found() -> int:
        ((state, token, worker),) = jobs.rows("state, token, worker", "id = %s", job_id)
        assert (state, token) == ("running", attempt), (state, token)
        return int(worker.rpartition(":")[2])

    return eventually(found, within=60, every=0.02)


def holder(workers: list[Program], pid: int) -> Program:
    return next(worker for worker in workers if pid in worker.pids)


def test_two_workers_share_twenty_slow_jobs_fairly(lab: Lab, jobs: Jobs, shops: Shops) -> None:
    jobs.workers(2)
    ids = [jobs.ask(f"{shops.url}/slow/{SLOW_MS}/fair-{number}") for number in range(20)]
    for job_id in ids:
        assert jobs.wait(job_id)["counts"]["created"] == 1
    shares = Counter(worker for (worker,) in jobs.rows("worker"))
    assert len(shares) == 2
    assert max(shares.values()) <= 12, shares
    assert {token for (token,) in jobs.rows("token")} == {1}


def test_a_worker_that_is_killed_in_the_midst_loses_nothing_and_doubles_nothing(
    lab: Lab, jobs: Jobs, shops: Shops
) -> None:
    workers = jobs.workers(2)
    job_id = jobs.ask(f"{shops.url}/street/30?ms=200")

    def some_are_written() -> None:
        counts = jobs.read(job_id)["counts"]
        assert 0 < counts["created"] < 30, counts

    eventually(some_are_written, within=60)
    holder(workers, running_pid(jobs, job_id, attempt=1)).kill()
    found = jobs.wait(job_id)
    assert (found["state"], found["attempt"], found["crashes"]) == ("succeeded", 2, 1)
    assert found["counts"] == {"created": 30, "updated": 0, "unchanged": 0, "rejected": 0}
    skus = [product["sku"] for product in lab.admin.products().values() if product["sku"]]
    assert len([sku for sku in skus if sku.startswith("STREET-30-")]) == 30
    assert [line for line in found["lines"] if "fell silent" in line["text"]]


def test_a_job_that_kills_its_worker_three_times_is_parked(lab: Lab, jobs: Jobs, shops: Shops) -> None:
    jobs.worker()
    job_id = jobs.ask(slow(shops, 100, ms=20_000))
    for attempt in (1, 2, 3):
        os.kill(running_pid(jobs, job_id, attempt=attempt), signal.SIGKILL)
    found = jobs.wait(job_id, "failed")
    assert (found["attempt"], found["crashes"]) == (3, 3)
    assert "Parked" in found["said"]
    after = jobs.ask(slow(shops, 101))
    assert jobs.wait(after)["state"] == "succeeded"


def test_a_worker_that_ends_in_order_hands_its_job_to_another_one_at_once(lab: Lab, jobs: Jobs, shops: Shops) -> None:
    workers = jobs.workers(2)
    job_id = jobs.ask(f"{shops.url}/street/20?ms=500")
    holder(workers, running_pid(jobs, job_id, attempt=1)).stop(seconds=25)
    found = jobs.wait(job_id)
    assert (found["state"], found["attempt"], found["crashes"]) == ("succeeded", 2, 0)


def test_a_request_does_not_wait_for_a_broker_that_is_away_and_its_job_is_done_afterwards(
    lab: Lab, jobs: Jobs, shops: Shops
) -> None:
    jobs.worker()
    lab.servers.broker.stop()
    answer = lab.admin.request("POST", "/api/imports", {"url": slow(shops, 200)})
    assert (answer.status, answer.seconds < 2) == (202, True), answer.seconds
    lab.servers.broker.start()
    assert jobs.wait(answer.json["id"])["state"] == "succeeded"


def test_a_broker_that_was_started_again_gets_each_message_at_the_first_try(lab: Lab, jobs: Jobs, shops: Shops) -> None:
    for number in range(6):  # by then each process of the web server keeps a connection
        jobs.ask(slow(shops, 400 + number))
    eventually(lambda: jobs.assert_messages(6), within=20)
    lab.servers.broker.stop()
    lab.servers.broker.start()
    for number in range(6):
        jobs.ask(slow(shops, 410 + number))
    eventually(lambda: jobs.assert_messages(12), within=20)


def test_a_database_that_is_away_uses_no_message_up(lab: Lab, jobs: Jobs, shops: Shops) -> None:
    jobs.worker()
    first = jobs.ask(slow(shops, 500, ms=3_000))
    ids = [first, *(jobs.ask(slow(shops, 501 + number)) for number in range(3))]
    jobs.wait(first, "running")
    lab.servers.admin_database.stop()
    # The worker ends the first one as well as it can, and meets the others.
    eventually(lambda: jobs.assert_messages(2), within=60)
    lab.servers.admin_database.start()
    for job_id in ids:
        assert jobs.wait(job_id)["counts"]["created"] == 1


def test_messages_that_are_lost_and_doubled_do_no_harm(lab: Lab, jobs: Jobs, shops: Shops) -> None:
    ids = [jobs.ask(slow(shops, 300 + number)) for number in range(3)]
    eventually(lambda: jobs.assert_messages(3), within=20)
    Queue(lab.broker_url).delete("admin.jobs.imports")
    jobs.expire_messages()
    jobs.workers(2)
    for job_id in ids:
        found = jobs.wait(job_id)
        assert (found["attempt"], found["counts"]["created"]) == (1, 1)
