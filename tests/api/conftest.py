"""Both services as `make run` starts them, for all tests of this suite."""

from collections.abc import Generator, Iterator

import pytest

from tests.e2e.stacks.make_run import MakeRun


@pytest.fixture(scope="session")
def stack() -> Iterator[MakeRun]:
    with MakeRun() as running:
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and "stack" in item.funcargs:
        report.sections.append(("log of make run", item.funcargs["stack"].log_tail()))
    return report
