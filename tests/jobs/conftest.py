"""One installation on private servers, as the fault suite has it, and the test website; each test has its workers."""

import contextlib
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.faults.lab.lab import Lab
from tests.faults.lab.quiet import converge
from tests.faults.lab.servers import Servers
from tests.jobs.asking import Jobs
from tests.jobs.shops import Shops

SETTINGS = {
    "JOBS_LEASE_SECONDS": "3",
    "JOBS_RETRY_SECONDS": "0.5",
    "IMPORTS_PRIVATE_NETWORKS": "127.0.0.0/8",
    "IMPORTS_DELAY_SECONDS": "0",
}


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    with Servers() as servers, Lab(servers, **SETTINGS) as lab:
        yield lab


@pytest.fixture(scope="session")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shops]:
    folder: Path = tmp_path_factory.mktemp("shops")
    with Shops(log=folder / "shops.log") as shops:
        yield shops


@pytest.fixture
def jobs(lab: Lab) -> Iterator[Jobs]:
    """When the test is over no worker runs, no job is left, and the copies are equal."""
    jobs = Jobs(lab)
    with contextlib.ExitStack() as exits:
        exits.callback(lab.heal)
        yield jobs
        jobs.drop()
    converge(lab)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        for name, value in item.funcargs.items():
            if hasattr(value, "log_tail"):
                report.sections.append((f"log of {name}", value.log_tail()))
    return report
