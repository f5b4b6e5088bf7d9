"""Which stack, which cases it can have, and what is shown when one fails."""

import os
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Optional

import pytest

from tests.e2e import figures
from tests.e2e.runs import Runs
from tests.e2e.stacks import Stack, StackWithoutConsumer
from tests.e2e.stacks.compose import Compose
from tests.e2e.stacks.make_run import MakeRun

if TYPE_CHECKING:  # the other stacks need no driver of MariaDB
    from tests.e2e.stacks.native import Servers

STACKS = ("embedded", "native", "compose")
STACK = os.environ.get("E2E_STACK", "embedded")
if STACK not in STACKS:
    raise pytest.UsageError(f"E2E_STACK={STACK} is none of {', '.join(STACKS)}.")

# Not collected, rather than skipped, where they make no sense: no broker in the embedded way, no `make run` in compose.
ONLY = {
    "test_broker.py": {"native", "compose"},
    "test_consumer_comes_last.py": {"native", "compose"},
    "test_following.py": {"embedded", "native"},
    "test_malformed_messages.py": {"native"},
    "test_make_run.py": {"embedded", "native"},
}
collect_ignore = [file for file, stacks in ONLY.items() if STACK not in stacks]


@pytest.fixture(scope="session")
def servers() -> Iterator[Optional["Servers"]]:
    """The private servers of the native way; nothing in the other ways."""
    if STACK != "native":
        yield None
        return
    from tests.e2e.stacks.native import Servers

    with Servers() as started:
        yield started


@pytest.fixture(scope="session")
def stack(servers: Optional["Servers"]) -> Iterator[Stack]:
    """The one that most tests share: each works with products of its own and leaves everything running."""
    if STACK == "compose":
        with Compose() as compose:
            yield compose
    elif servers is not None:
        from tests.e2e.stacks.native import Native

        with Native(servers) as native:
            yield native
    else:
        with MakeRun() as embedded:
            yield embedded


@pytest.fixture
def stack_without_consumer(servers: Optional["Servers"]) -> Iterator[StackWithoutConsumer]:
    if servers is None:
        with Compose(without=["consumer"]) as compose:
            yield compose
    else:
        from tests.e2e.stacks.separate import SeparateProcesses

        with SeparateProcesses(servers) as processes:
            yield processes


@pytest.fixture
def runs(servers: Optional["Servers"]) -> Iterator[Runs]:
    made = Runs(servers.spare if servers else {})
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
                report.sections.append((f"log of {name}", value.log_tail()))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash.get(figures.KEY, []):
        terminalreporter.write_line(f"{STACK}: {line}")
