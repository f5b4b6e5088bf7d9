"""A database is set back to an old copy of its data folder: the drift check shows it, all is mended while it runs."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.convergence import compare
from tests.e2e.waiting import eventually
from tests.e2e.workload import Workload
from tests.faults.lab.lab import Lab
from tests.faults.lab.programs import Program
from tests.faults.lab.quiet import assert_no_drift
from tests.faults.lab.servers import Servers
from tests.faults.receiving import create, wait_shown
from tests.servers.server import NativeServer, Server


@pytest.fixture(scope="module")
def own_servers() -> Iterator[Servers]:
    """The labs of other tests would be set back along."""
    with Servers() as servers:
        if not isinstance(servers.service_database, NativeServer):
            pytest.skip("the data folder is inside a container")
        yield servers


@pytest.fixture
def restored_lab(own_servers: Servers) -> Iterator[Lab]:
    with Lab(own_servers) as lab:
        yield lab


@contextlib.contextmanager
def stopped(server: Server) -> Iterator[Path]:
    """Its data folder."""
    assert isinstance(server, NativeServer)
    server.stop()
    try:
        yield server.folder / "data"
    finally:
        server.start()


def back_up(server: Server, copy: Path) -> None:
    with stopped(server) as data:
        shutil.copytree(data, copy)


def restore(server: Server, copy: Path) -> None:
    with stopped(server) as data:
        shutil.rmtree(data)
        shutil.copytree(copy, data)


def run(lab: Lab, *arguments: str) -> Program:
    command = lab.command("service", *arguments)
    command.start(wait=False)
    assert command.wait_ended() == 0, command.log_tail()
    return command


@pytest.mark.fault("F52")
@pytest.mark.parametrize("way", ["bootstrap", "repair"])
def test_a_service_set_back_is_behind_and_is_brought_up_again_while_events_go_on(
    restored_lab: Lab, tmp_path: Path, way: str
) -> None:
    lab = restored_lab
    changed, deleted, unchanged = create(lab, "Changed", "Deleted", "Unchanged")
    wait_shown(lab, [changed, deleted, unchanged])
    back_up(lab.servers.service_database, tmp_path / "service")
    lab.written[changed["id"]] = lab.admin.patch(changed["id"], price="1.00")
    lab.admin.delete(deleted["id"])
    lab.written[deleted["id"]] = None
    create(lab, "New")
    eventually(lambda: compare(lab, lab.written), within=60)
    restore(lab.servers.service_database, tmp_path / "service")
    code, said = lab.check_drift()
    assert (code, said["counts"]) == (1, {"stale": 1, "extra": 1, "missing": 1})
    with Workload(lab.admin) as work:
        work.reach(20)
        if way == "bootstrap":
            run(lab, "bootstrap_replica")
        code, said = lab.check_drift("--repair")
        assert code == 0
        assert said["repaired"] == ({"extra": 1} if way == "bootstrap" else {"stale": 1, "extra": 1, "missing": 1})
    lab.written |= work.last
    assert_no_drift(lab)


@pytest.mark.fault("F52")
def test_an_admin_set_back_is_behind_its_copy_which_goes_down_only_when_it_is_asked_for(
    restored_lab: Lab, tmp_path: Path
) -> None:
    lab = restored_lab
    changed, deleted, unchanged = create(lab, "Changed", "Deleted later", "Unchanged")
    wait_shown(lab, [changed, deleted, unchanged])
    back_up(lab.servers.admin_database, tmp_path / "admin")
    lab.admin.patch(changed["id"], price="1.00")
    lab.admin.delete(deleted["id"])
    lost = lab.admin.create(title="Created later, and lost")
    wait_shown(lab, [lost])
    restore(lab.servers.admin_database, tmp_path / "admin")
    lab.relay.wait_says("relay is active")
    code, said = lab.check_drift("--repair")
    assert (code, said["counts"], said["repaired"]) == (1, {"ahead": 2}, {"extra": 1})
    code, said = lab.check_drift("--repair", "--downward")
    assert (code, said["repaired"]) == (0, {"ahead": 2})
    # Its id was given before the restore too, unless admin is told to skip those.
    skipping = lab.command("admin", "skip_ids", str(lost["id"]))
    skipping.start(wait=False)
    assert skipping.wait_ended() == 0, skipping.log_tail()
    create(lab, "New")
    lab.written[changed["id"]] = lab.admin.patch(changed["id"], title="Changed again")
    assert_no_drift(lab)
    lab.service.assert_has_not(lost["id"])
