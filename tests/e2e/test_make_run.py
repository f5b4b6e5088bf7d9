"""What `make run` does with its processes: starts them again, ends them all, leaves nothing behind."""

import re
import signal
import time
from collections.abc import Set
from pathlib import Path

import pytest

from tests.e2e.convergence import assert_converges
from tests.e2e.figures import Figures
from tests.e2e.runs import Runs
from tests.e2e.stacks.make_run import PROGRAM, MakeRun
from tests.e2e.stacks.processes import ROOT
from tests.e2e.waiting import eventually
from tests.servers.process import end, live_processes

ENDED_SECONDS = 20
MAKE = ("make", "--directory", str(ROOT), "--old-file", ".venv/run.stamp", "run")  # nothing is to be installed here
ADD_JOBS = """
from jobs import operations
for number in range(4):
    print(operations.add(kind="drift check", label="all", spec={}, by="test").pk)
"""


def assert_ends(run: MakeRun) -> int:
    """It ends in time, and so does every process that it started."""
    code = run.wait(within=ENDED_SECONDS)

    def nothing_is_left() -> None:
        assert not run.processes()

    eventually(nothing_is_left, within=ENDED_SECONDS)
    return code


def test_sigterm_ends_all_of_it_with_exit_code_0_and_loses_nothing(runs: Runs, measured: Figures) -> None:
    run = runs.new()
    began = time.monotonic()
    run.launch()
    run.wait_ready()
    measured.add("seconds until make run is ready", f"{time.monotonic() - began:.1f}")
    product = run.admin.create(title="Lamp")
    assert {run.pid(name) for name in ("admin", "service", "consumer", "worker")} < run.processes()
    began = time.monotonic()
    run.signal(signal.SIGTERM)
    assert assert_ends(run) == 0
    measured.add("seconds until make run has ended", f"{time.monotonic() - began:.1f}")
    run.launch()
    run.wait_ready()
    assert_converges(run, {product["id"]: product}, within=20)
    assert run.admin.create(title="Another")["id"] > product["id"]


def test_a_folder_with_odd_characters_in_its_name_is_a_folder_like_any(runs: Runs, tmp_path: Path) -> None:
    folder = tmp_path / "a+b c#d%41?e"
    run = runs.new(VAR_DIR=str(folder))
    run.launch()
    run.wait_ready()
    product = run.admin.create(title="Lamp")
    assert_converges(run, {product["id"]: product}, within=20)
    assert {path.name for path in folder.glob("*.sqlite3")} == {"admin.sqlite3", "service.sqlite3"}
    run.signal(signal.SIGTERM)
    assert assert_ends(run) == 0


@pytest.mark.parametrize("way", ["ctrl-c", "sigterm"])
def test_make_itself_can_be_stopped(runs: Runs, way: str) -> None:
    run = runs.started(command=MAKE)
    if way == "ctrl-c":
        run.signal(signal.SIGINT, to_group=True)
    else:
        run.signal(signal.SIGTERM)
    assert_ends(run)


def test_kill_9_of_make_run_leaves_no_orphan(runs: Runs) -> None:
    run = runs.started()
    run.signal(signal.SIGKILL)
    assert assert_ends(run) == -signal.SIGKILL


def test_kill_9_of_what_keeps_the_worker_ends_it_and_its_children(runs: Runs) -> None:
    run = runs.started()
    eventually(lambda: assert_works(run), within=30)
    keeper, _ = live_processes()[run.pid("worker")]
    end(keeper)
    assert_ends(run)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_whose_idle_children_are_killed_goes_on_and_ends(runs: Runs, number: signal.Signals) -> None:
    """None of them takes away with it what the others need; without the one with the schedules all starts anew."""
    run = runs.started()
    eventually(lambda: assert_works(run), within=30)
    killed = run.children("worker")
    for child in killed:
        end(child, number)
    eventually(lambda: assert_works(run, without=killed), within=60)
    job_ids = run.manage("admin", "shell", "-v0", "-c", ADD_JOBS).split()
    eventually(lambda: assert_done(run, job_ids), within=60)
    run.signal(signal.SIGTERM)
    assert assert_ends(run) == 0


def assert_works(run: MakeRun, *, without: Set[int] = frozenset()) -> None:
    """The worker has begun, with two children to work and one that minds the schedules."""
    assert "worker begins" in run.log()
    children = run.children("worker")
    assert len(children) == 3
    assert not children & without


def assert_done(run: MakeRun, job_ids: list[str]) -> None:
    assert len(job_ids) == 4
    left = [job_id for job_id in job_ids if not re.search(rf"job ends .*job={job_id}\b", run.log())]
    assert not left


@pytest.mark.parametrize("moment", ["migrations", "admin started"])
def test_sigterm_while_it_starts_leaves_no_orphan(runs: Runs, moment: str) -> None:
    run = runs.new()
    run.launch()

    def has_come() -> None:
        assert moment in run.log() or (moment == "migrations" and len(run.processes()) > 1)

    eventually(has_come, within=30, every=0.002)
    run.signal(signal.SIGTERM)
    assert_ends(run)


def test_two_side_by_side_do_not_disturb_each_other(stack: MakeRun, runs: Runs) -> None:
    other = runs.started()
    mine, others = stack.admin.create(title="Mine"), other.admin.create(title="The other's")
    assert_converges(stack, {mine["id"]: mine}, within=20)
    assert_converges(other, {others["id"]: others}, within=20)
    assert "Mine" not in [product["title"] for product in other.service.products().values()]
    assert "The other's" not in [product["title"] for product in stack.service.products().values()]
    other.signal(signal.SIGTERM)
    assert assert_ends(other) == 0
    again = stack.admin.create(title="Still here")
    assert_converges(stack, {again["id"]: again}, within=20)


def test_a_killed_process_is_started_again(stack: MakeRun) -> None:
    for process in ["worker", "consumer", "service", "admin", *(["relay"] if "BROKER_URL" in stack.settings else [])]:
        before = stack.pid(process)
        stack.kill(process)

        def started_again(process: str = process, before: int = before) -> None:
            assert stack.pid(process) != before
            assert stack.pid(process) in stack.processes()
            stack.admin.assert_ready()
            stack.service.assert_ready()

        eventually(started_again, within=30)
    product = stack.admin.create(title="Afterwards")
    assert_converges(stack, {product["id"]: product}, within=30)


@pytest.mark.parametrize("variable", ["ADMIN_PORT", "SERVICE_PORT"])
@pytest.mark.parametrize("why", ["in use", "no port"])
def test_a_port_that_cannot_be_had_is_said_in_one_line(stack: MakeRun, runs: Runs, variable: str, why: str) -> None:
    port = stack.settings[variable] if why == "in use" else "70000"
    run = runs.new(**{variable: port})
    run.launch()
    assert run.wait(within=ENDED_SECONDS) not in (0, None)
    [line] = run.log().splitlines()
    assert variable in line
    assert port in line
    assert not run.processes()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"SERVICE_PORT": "18999", "ADMIN_PORT": "18999"}, "ADMIN_PORT and SERVICE_PORT are the same"),
        ({f"{name}_DATABASE_URL": "sqlite:////tmp/one" for name in ("ADMIN", "SERVICE")}, "Each service needs its own"),
    ],
)
def test_what_two_services_cannot_share_is_refused_in_one_line(runs: Runs, settings: dict[str, str], said: str) -> None:
    run = runs.new(**settings)
    run.launch()
    assert assert_ends(run) != 0
    assert said in run.log()
    assert run.log().count("\n") == 1


def test_a_second_one_in_the_same_folder_is_refused(runs: Runs) -> None:
    first = runs.started()
    second = runs.new(VAR_DIR=first.settings["VAR_DIR"])
    second.launch()
    assert second.wait(within=ENDED_SECONDS) != 0
    assert "it runs already in" in second.log()
    assert first.pid("admin") in first.processes()


def test_when_nobody_reads_its_output_any_more_all_of_it_ends(runs: Runs) -> None:
    run = runs.new(command=("sh", "-c", f"'{PROGRAM[0]}' '{PROGRAM[1]}' | head -n 1"))
    run.launch()
    assert_ends(run)
