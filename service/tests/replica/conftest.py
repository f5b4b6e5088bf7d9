import logging

import pytest


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """A property that is broken is tried hundreds of times; the log of them all would bury what was found."""
    caplog.set_level(logging.CRITICAL)
