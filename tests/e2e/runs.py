"""Further `make run`s beside the stack that the tests share."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from tests.e2e.stacks.make_run import PROGRAM, MakeRun


class Runs:
    """Makes them, on what their stack has, and ends them all."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings
        self._made: list[MakeRun] = []
        self._exits = ExitStack()

    def new(self, *, command: Sequence[str] = PROGRAM, **settings: str) -> MakeRun:
        """Not started yet. With settings, on just these."""
        run = MakeRun(settings or self._settings, command=command)
        self._exits.callback(run.close)
        self._made.append(run)
        return run

    def also(self, **settings: str) -> MakeRun:
        """Not started yet. What its stack has, and these settings."""
        return self.new(**self._settings, **settings)

    def started(self, *, command: Sequence[str] = PROGRAM) -> MakeRun:
        run = self.new(command=command)
        run.launch()
        run.wait_ready()
        return run

    def close(self) -> None:
        self._exits.close()

    def log_tail(self) -> str:
        return "\n\n".join(run.log_tail() for run in self._made)
