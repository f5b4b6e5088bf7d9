"""What somebody who wants jobs done does, over HTTP and the command line; and what the rows tell."""

from typing import Any

from tests.e2e.waiting import eventually
from tests.faults.lab import sql
from tests.faults.lab.lab import Lab
from tests.faults.lab.programs import Program
from tests.faults.lab.queue import Queue

OVER = {"succeeded", "failed", "cancelled"}
DONE_SECONDS = 60


class Jobs:
    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def worker(self, *options: str, **env: str) -> Program:
        """Started: one process that works, one job at a time."""
        worker = self._lab.another_worker(*options)
        worker.start(**env)
        return worker

    def workers(self, count: int) -> list[Program]:
        """The same, so many of them, and each takes messages."""
        workers = [self.worker() for _ in range(count)]
        queue = Queue(self._lab.broker_url)
        eventually(lambda: _assert_equal(queue.consumers("admin.jobs.imports"), count), within=DONE_SECONDS)
        return workers

    def ask(self, url: str, **more: Any) -> int:
        """Asks for an import; its id."""
        answer = self._lab.admin.request("POST", "/api/imports", {"url": url, **more})
        assert answer.status == 202, answer.body
        return int(answer.json["id"])

    def read(self, job_id: int) -> dict[str, Any]:
        answer = self._lab.admin.get(f"/api/imports/{job_id}")
        assert answer.status == 200, answer.body
        return dict(answer.json)

    def post(self, job_id: int, action: str) -> None:
        answer = self._lab.admin.request("POST", f"/api/imports/{job_id}/{action}", {})
        assert answer.status == 202, answer.body

    def wait(self, job_id: int, *states: str, within: float = DONE_SECONDS) -> dict[str, Any]:
        """The import, once it is in one of these states; without any, once it has ended."""

        def there() -> dict[str, Any]:
            found = self.read(job_id)
            assert found["state"] in (states or OVER), found
            return found

        return eventually(there, within=within)

    def manage(self, *arguments: str, code: int = 0) -> str:
        """What manage.py said."""
        command = self._lab.command("admin", *arguments)
        command.start(wait=False)
        assert command.wait_ended() == code, command.log_tail()
        return command.said()

    def rows(self, columns: str, where: str = "1 = 1", *values: object) -> list[tuple[Any, ...]]:
        return sql.rows(self._lab.admin_database_url, f"SELECT {columns} FROM jobs_job WHERE {where}", *values)

    def assert_messages(self, count: int) -> None:
        """On the broker, that no worker has in hand."""
        found = Queue(self._lab.broker_url).ready("admin.jobs.imports")
        assert found == count, f"{found} messages wait"

    def expire_messages(self) -> None:
        """As if they had been sent so long ago that they must be lost."""
        sql.execute(self._lab.admin_database_url, "UPDATE jobs_job SET sent_at = sent_at - INTERVAL 1 HOUR")

    def drop(self) -> None:
        """The next test has a catalogue and a queue of its own."""
        sql.execute(self._lab.admin_database_url, "DELETE FROM jobs_line", "DELETE FROM jobs_job")

    def log_tail(self) -> str:
        rows = self.rows("id, kind, state, worker, token, crashes, counts, said", "1 = 1 ORDER BY id DESC LIMIT 30")
        return "\n".join(map(str, rows))


def _assert_equal(found: object, wanted: object) -> None:
    assert found == wanted, f"{found}, not {wanted}"
