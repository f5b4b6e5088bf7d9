"""What `doctor` finds: each check's verdict, what was seen, and how to mend it, in words."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from config.databases import explain
from django.db import Error


class Status(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    status: Status
    said: str
    mend: str = ""


Check = Callable[[], Iterable[Finding]]


def ok(name: str, said: str) -> Finding:
    return Finding(name, Status.OK, said)


def warning(name: str, said: str, mend: str) -> Finding:
    return Finding(name, Status.WARNING, said, mend)


def failed(name: str, said: str, mend: str) -> Finding:
    return Finding(name, Status.FAILED, said, mend)


def unknown(name: str, said: str, mend: str = "") -> Finding:
    return Finding(name, Status.UNKNOWN, said, mend)


def run(checks: Iterable[tuple[str, Check]]) -> Iterator[Finding]:
    """Each by itself: one that fails in a way of its own is unknown and hides none of the others."""
    for name, check in checks:
        try:
            yield from check()
        except Error as error:
            yield unknown(name, explain(error), "See what is said of the database.")
        except Exception as error:
            yield unknown(name, f"{type(error).__name__}: {error}", "This is a bug of doctor's: report it.")


def exit_code(findings: Iterable[Finding]) -> int:
    """0: nothing failed; 1: something did; 3: nothing did as far as can be told, and not all could."""
    found = {finding.status for finding in findings}
    if Status.FAILED in found:
        return 1
    return 3 if Status.UNKNOWN in found else 0
