"""What became of the suites: read from pytest's reports, judged, printed."""

import contextlib
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

EXIT_CODES = {4: "could not start", 5: "no test ran"}  # pytest's


@dataclass(frozen=True, slots=True)
class Result:
    suite: str
    verdict: str
    passed: int
    failed: int
    skipped: int
    seconds: float


def judge(name: str, exit_code: int | None, outcomes: Path, seconds: float) -> Result:
    """What cannot be counted, because the suite did not come to its end, counts as one failure."""
    counts = list(count(outcomes).values())
    passed, failed, skipped = (counts.count(word) for word in ("passed", "failed", "skipped"))
    verdict = _verdict(exit_code, passed, failed)
    return Result(name, verdict, passed, failed or int(verdict != "passed"), skipped, seconds)


def _verdict(exit_code: int | None, passed: int, failed: int) -> str:
    if exit_code is None:
        return "took too long"
    if failed:
        return "failed"
    if exit_code == 0:
        return "passed" if passed else "no test ran"
    return EXIT_CODES.get(exit_code, f"crashed ({exit_code})")


def count(outcomes: Path) -> dict[str, str]:
    """Each test's outcome out of a JUnit report; a test that passes and then fails to clean up has failed."""
    found: dict[str, str] = {}
    with contextlib.suppress(OSError, ElementTree.ParseError):
        for case in ElementTree.parse(outcomes).iter("testcase"):
            test = f"{case.get('classname')}.{case.get('name')}"
            if case.find("failure") is not None or case.find("error") is not None:
                found[test] = "failed"
            elif found.get(test) != "failed":
                found[test] = "passed" if case.find("skipped") is None else "skipped"
    return found


def report(results: list[Result]) -> int:
    """Prints the table and the line that sums it up; the exit code."""
    print(f"\n{'suite':<20}{'result':<18}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    for one in results:
        print(f"{one.suite:<20}{one.verdict:<18}{one.passed:>8}{one.failed:>8}{one.skipped:>9}{one.seconds:>9.1f}")
    failed = sum(one.failed for one in results)
    print(f"{sum(one.passed for one in results)} passed, {failed} failed", flush=True)
    return 1 if failed or not results else 0
