"""Runs a program of ours and makes it fail at a named point: python failing.py <failpoint> <script or -m module> args…

A failpoint: module:function:before or :after, then optionally which calls (3, or 1-3; the first one by default), what
happens there: kill (SIGKILL, the default), pause (SIGSTOP) or raise, and with if=text that only calls with this text in
their arguments are meant. outbox.relay:Relay._settle:before is one, outbox.writer:write:after:1-3:raise another. Calls
are counted over the process and all that it forks, and each call that is meant fails once. Standard library alone, and
nothing of it is in the product: it is wrapped on import.
"""

import functools
import importlib.abc
import importlib.util
import os
import runpy
import signal
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

FAIL, PASS = b"f", b"p"


class Injected(Exception):
    """Raised by a failpoint: no code may expect it."""


class Failpoint:
    def __init__(self, spec: str) -> None:
        self.module, self._function, self._when, *rest = spec.split(":")
        self._text = next((part.removeprefix("if=") for part in rest if part.startswith("if=")), "")
        rest = [part for part in rest if not part.startswith("if=")]
        calls = next((part for part in rest if part[0].isdigit()), "1")
        self._action = next((part for part in rest if not part[0].isdigit()), "kill")
        if self._when not in ("before", "after") or self._action not in ("kill", "pause", "raise"):
            raise SystemExit(f"no failpoint: {spec}")
        first, _, last = calls.partition("-")
        # One byte for each call to come, shared by all forks: whoever takes a byte does what it says.
        self._script, writer = os.pipe()
        os.write(writer, PASS * (int(first) - 1) + FAIL * (int(last or first) - int(first) + 1))
        os.close(writer)

    def patch(self, module: ModuleType) -> None:
        owner: Any = module
        *path, name = self._function.split(".")
        for part in path:
            owner = getattr(owner, part)
        setattr(owner, name, self._wrapped(getattr(owner, name)))

    def _wrapped(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            is_meant = not self._text or self._text in repr((args, kwargs))
            is_now = is_meant and os.read(self._script, 1) == FAIL
            if is_now and self._when == "before":
                self._fail()
            result = function(*args, **kwargs)
            if is_now and self._when == "after":
                self._fail()
            return result

        return wrapper

    def _fail(self) -> None:
        print(f"failpoint {self.module}:{self._function}:{self._when}: {self._action}", file=sys.stderr, flush=True)
        if self._action == "raise":
            raise Injected(self._function)
        os.kill(os.getpid(), signal.SIGKILL if self._action == "kill" else signal.SIGSTOP)


class Finder(importlib.abc.MetaPathFinder):
    """Finds the failpoint's module as all others are found, and patches it when it has been executed."""

    def __init__(self, failpoint: Failpoint) -> None:
        self._failpoint = failpoint
        self._is_asking = False

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> Any:
        if fullname != self._failpoint.module or self._is_asking:
            return None
        self._is_asking = True  # the others, who are asked in our place
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._is_asking = False
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            self._failpoint.patch(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def run(program: Sequence[str]) -> None:
    """As the interpreter would run it itself."""
    if program[0] == "-m":
        sys.argv = list(program[1:])
        sys.path[0] = os.getcwd()
        runpy.run_module(program[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = list(program)
        sys.path[0] = os.path.dirname(program[0])
        runpy.run_path(program[0], run_name="__main__")


if __name__ == "__main__":
    sys.meta_path.insert(0, Finder(Failpoint(sys.argv[1])))
    run(sys.argv[2:])
