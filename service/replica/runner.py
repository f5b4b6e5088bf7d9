"""Runs a drift check that a page has asked for, on a thread of the web process: docs/decisions/0018."""

import threading
from collections.abc import Sequence

import structlog
from django.db import connection

from replica.check import Check
from replica.models import DriftCheck
from replica.runs import REPAIRS, Run

log = structlog.get_logger()
WAIT_SECONDS = 30.0  # for what is on its way, as the command does


def start(row: DriftCheck, *, only_ids: Sequence[int]) -> None:
    """Returns at once; the row, which must be committed, tells the rest. The run ends with its process."""
    threading.Thread(target=_work, args=(row, only_ids), name=f"drift check {row.pk}", daemon=True).start()


def _work(row: DriftCheck, only_ids: Sequence[int]) -> None:
    run = Run(row)
    try:
        check = Check(
            wait_seconds=WAIT_SECONDS,
            is_repairing=row.kind in REPAIRS,
            is_downward=row.kind == DriftCheck.Kind.REPAIR_DOWNWARD,
            only_ids=only_ids,
            beat=run.beat,
        )
        if failure := run.follow(check):
            log.warning("drift check cannot tell", run=row.pk, error=failure)
    except Exception:
        log.exception("drift check failed", run=row.pk)
    finally:
        connection.close()
