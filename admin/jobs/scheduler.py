"""Beat's scheduler: what is due becomes a job in the database, whether the broker is there or not."""

from typing import Any

import structlog
from billiard import current_process
from django_celery_beat.schedulers import DatabaseScheduler
from processes.heartbeat import Heartbeat
from processes.models import State as Doing

from jobs import operations
from jobs.models import Job, State
from jobs.roles import BEAT
from jobs.worker import served

log = structlog.get_logger()
TASK = "jobs.add"  # of a PeriodicTask: its kwargs are kind, label and spec
WAITING = (State.QUEUED, State.RUNNING)


class Scheduler(DatabaseScheduler):
    producer = None  # nothing is sent from here; Celery's own would wait for the broker as long as it is away

    def __init__(self, *args: Any, **options: Any) -> None:
        is_embedded = current_process().name != "MainProcess"  # a worker's, which has the address itself
        self._heartbeat = Heartbeat(role=BEAT, address="" if is_embedded else served())
        self._missed: dict[str, Any] = {}  # entries that came due while the database failed, by name
        super().__init__(*args, **options)

    def setup_schedule(self) -> None:
        """Without Celery's own entries: there are no results to clean up.

        The library sees no change where none was noted before: the first schedule of all would wait for five minutes.
        """
        if self.Changes.last_change() is None:
            self.Changes.update_changed()
        self._last_timestamp = self.Changes.last_change()

    def tick(self, *args: Any, **options: Any) -> Any:
        self._heartbeat.beat(Doing.IDLE, f"{len(self.schedule)} schedules")
        for entry in [entry for name, entry in self._missed.items() if name in self.schedule]:
            self.apply_entry(entry)
        return super().tick(*args, **options)

    def apply_async(self, entry: Any, producer: Any = None, advance: bool = True, **options: Any) -> None:
        """Celery has noted already that it came due: what fails here would come due at its next time only."""
        self._missed[entry.name] = entry
        self._add(entry)
        del self._missed[entry.name]

    def _add(self, entry: Any) -> None:
        if entry.task != TASK:
            log.warning("schedule is not ours", schedule=entry.name, task=entry.task)
            return
        if going := Job.objects.filter(schedule=entry.name, state__in=WAITING).first():
            log.info("schedule skipped, its last job goes on", schedule=entry.name, job=going.pk)
            return
        job = operations.add(**entry.kwargs, by="schedule", schedule=entry.name)
        log.info("schedule due", schedule=entry.name, job=job.pk)

    def close(self) -> None:
        self._heartbeat.stop()
        super().close()
