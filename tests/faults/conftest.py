"""The shared lab, labs of one's own, and what is shown when a test fails."""

import os
from collections.abc import Callable, Generator, Iterator

import pytest

from tests.e2e import figures
from tests.faults.lab.lab import Lab
from tests.faults.lab.labs import Labs
from tests.faults.lab.quiet import converge
from tests.faults.lab.servers import Servers
from tests.servers.docker import DockerRabbitMQ

IS_CONTAINER = os.environ.get("FAULTS_BROKER") == "docker"
# What one version of RabbitMQ may do and another not: these run once more on the container's.
RELAY, LINKS = (1, *range(13, 18), 22, 23, 24, 26, 32), (28, 29, 30)
CONSUMER, MESSAGES = (34, 35, 36, 39, 41, 42, 43, 44, 49), range(53, 65)
OF_THE_BROKER = {f"F{number}" for number in (*RELAY, *LINKS, *CONSUMER, *MESSAGES)}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fault(number, …): which faults of the catalogue the test is about")
    config.addinivalue_line("markers", "smoke: one of the short set that `make test` runs")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if IS_CONTAINER:
        others = [item for item in items if not _faults(item) & OF_THE_BROKER]
        items[:] = [item for item in items if item not in others]
        config.hook.pytest_deselected(items=others)


def _faults(item: pytest.Item) -> set[str]:
    return {number for mark in item.iter_markers("fault") for number in mark.args}


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with Servers(DockerRabbitMQ() if IS_CONTAINER else None) as started:
        yield started


@pytest.fixture(scope="session")
def shared(servers: Servers) -> Iterator[Labs]:
    made = Labs(servers)
    yield made
    made.close()


@pytest.fixture
def lab(shared: Labs, measured: figures.Figures) -> Iterator[Lab]:
    """The one that all tests share; one that did not converge is nobody else's trouble."""
    lab = shared.last()
    before = lab.accounts.published.duplicates
    yield lab
    try:
        lab.heal()
        converge(lab)
    except BaseException as error:
        error.add_note(lab.log_tail())
        shared.close()
        raise
    if again := lab.accounts.published.duplicates - before:
        measured.add("events published again", str(again))


@pytest.fixture
def labs(servers: Servers) -> Iterator[Labs]:
    made = Labs(servers)
    yield made
    made.close()


@pytest.fixture
def measured(
    request: pytest.FixtureRequest, record_testsuite_property: Callable[[str, object], None]
) -> figures.Figures:
    return figures.Figures(config=request.config, record=record_testsuite_property)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        for name, value in item.funcargs.items():
            if hasattr(value, "log_tail"):
                report.sections.append((f"logs of {name}", value.log_tail()))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash.get(figures.KEY, []):
        terminalreporter.write_line(line)
