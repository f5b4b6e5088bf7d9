from typing import Any

import pytest


def logged(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """Our own log lines, as the events that they are."""
    return [record.msg for record in caplog.records if isinstance(record.msg, dict)]
