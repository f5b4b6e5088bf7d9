from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from jobs import operations
from jobs.models import Job

Handler = Callable[[Any], str]


@pytest.fixture
def jobs_conf(settings: Any) -> Callable[..., None]:
    """Turns the jobs' knobs, also beyond their bounds where a test would have to wait otherwise."""

    def turn(**changes: Any) -> None:
        settings.JOBS = msgspec.structs.replace(settings.JOBS, **changes)

    return turn


@pytest.fixture
def handled(monkeypatch: pytest.MonkeyPatch) -> Callable[[Handler], None]:
    """Has every job done by this function."""
    return lambda handler: monkeypatch.setattr("jobs.kinds.handler", lambda kind: handler)


@pytest.fixture
def job(db: None) -> Job:
    """One that waits."""
    return operations.add(kind="import", label="a shop", spec={"url": "https://shop.example.com/"}, by="a test")
