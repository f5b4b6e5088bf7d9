import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import asdict
from typing import Any

from config.databases import explain
from console import audit
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, transaction
from rich.console import Console

from replica import runs
from replica.check import LISTED, Check, Report
from replica.models import DriftCheck
from replica.queries import highest_id
from replica.runs import Run
from replica.verdicts import Verdict

EXIT_CODES = {Verdict.EQUAL: 0, Verdict.DRIFT: 1, Verdict.UNKNOWN: 3}
KINDS = {
    (False, False): DriftCheck.Kind.CHECK,
    (True, False): DriftCheck.Kind.REPAIR,
    (True, True): DriftCheck.Kind.REPAIR_DOWNWARD,
}
SHOWN = 20
INTERRUPTED = 130


class Command(BaseCommand):
    help = (
        "Compares the copy with admin's products by contents, while both go on. "
        "Exit code 0: equal, or repaired; 1: they differ; 3: cannot tell."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="make the copy what admin has")
        parser.add_argument(
            "--downward",
            action="store_true",
            help="with --repair: also where the copy is newer, as after admin was restored from a backup",
        )
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
        parser.add_argument(
            "--wait", type=_seconds, default=30.0, metavar="SECONDS", help="for what is on its way (default: 30)"
        )

    def handle(self, *args: Any, repair: bool, downward: bool, wait: float, **options: Any) -> None:
        if downward and not repair:
            raise CommandError("--downward says how to repair: add --repair", returncode=2)
        began = time.monotonic()
        report, failure = self._run(wait, repair=repair, downward=downward, is_raising=options["traceback"])
        if repair:
            self._note(report, failure)
        seconds = time.monotonic() - began
        verdict = Verdict.UNKNOWN if failure else report.verdict
        say = self._say_json if options["json"] else self._say
        say(report, verdict, failure, seconds)
        sys.exit(EXIT_CODES[verdict])

    def _run(self, wait: float, *, repair: bool, downward: bool, is_raising: bool) -> tuple[Report, str]:
        """With why it cannot tell, if so. Whatever goes wrong must not end in the code that says "drift"."""
        report = Report(is_repairing=repair)
        try:
            run = Run(_begin(KINDS[repair, downward]))
            check = Check(wait_seconds=wait, is_repairing=repair, is_downward=downward, beat=run.beat)
            report = check.report
            with Console(stderr=True).status("comparing") as status:
                return report, run.follow(check, say=status.update)
        except Error as error:
            return report, explain(error)
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
        except Exception as error:
            if is_raising:
                raise
            return report, f"{type(error).__name__}: {error} (--traceback shows where)"

    def _note(self, report: Report, failure: str) -> None:
        """For the audit; a database in trouble must not end in the code that says "drift"."""
        said = f"repaired: {_counted(report.repaired) or 'nothing'}" + (f"; {failure}" if failure else "")
        try:
            audit.by_command(action="end repair", target="the copy", said=said)
        except Error as error:
            self.stderr.write(f"no audit entry of the end: {explain(error)}")

    def _say_json(self, report: Report, verdict: Verdict, failure: str, seconds: float) -> None:
        said = {
            "verdict": verdict,
            "compared": report.compared,
            "counts": Counter(found.kind for found in report.drift),
            "repaired": report.repaired,
            "on_their_way": report.on_their_way,
            "is_cut_short": report.is_cut_short,
            "error": failure,
            "seconds": round(seconds, 3),
            "differences": [asdict(found) for found in report.drift[:LISTED]],
        }
        self.stdout.write(json.dumps(said))

    def _say(self, report: Report, verdict: Verdict, failure: str, seconds: float) -> None:
        for found in report.drift[:SHOWN]:
            ours, theirs = _version(found.copy_version), _version(found.admin_version)
            self.stdout.write(f"  {found.kind:9} product {found.id}: admin has {theirs}, the copy {ours}")
        if len(report.drift) > SHOWN:
            self.stdout.write(f"  and {len(report.drift) - SHOWN:,} more (--json lists {LISTED:,})")
        if report.repaired:
            self.stdout.write(f"repaired: {_counted(report.repaired)}")
        self.stdout.write(f"{verdict}: {_verdict(report, verdict, failure)} ({seconds:.1f} s)")


def _begin(kind: DriftCheck.Kind) -> DriftCheck:
    """Beside whatever else runs: nothing is wrong with two at a time, and a script waits for none of the console's."""
    said = "also where the copy is newer" if kind is DriftCheck.Kind.REPAIR_DOWNWARD else ""
    with transaction.atomic():
        is_check = kind is DriftCheck.Kind.CHECK
        # A repair tells what it has repaired when it ends; killed before, it has left at least this.
        audit.by_command(action="check" if is_check else "begin repair", target="the copy", said=said)
        return runs.begin(kind=kind, by=audit.operator())


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return seconds


def _version(version: int | None) -> str:
    return "none" if version is None else f"version {version}"


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count:,} {kind}" for kind, count in sorted(counts.items()))


def _verdict(report: Report, verdict: Verdict, failure: str) -> str:
    match verdict:
        case Verdict.EQUAL:
            return f"{report.compared:,} products compared"
        case Verdict.DRIFT:
            more = "at least " if report.is_cut_short else ""
            counts = Counter(str(found.kind) for found in report.drift)
            return f"{more}{_counted(counts)}. {_advice(counts, report)}"
    if failure:
        return f"cannot tell: {failure}"
    return f"cannot tell: {report.on_their_way:,} differ whose events may still be on their way. {_whom_to_ask()}"


def _whom_to_ask() -> str:
    if settings.BROKER_URL:
        return "Do relay, broker and consumer run? --wait waits longer"
    return (
        "Does the consumer run? Its log says where it cannot go on; after a database was lost or restored: "
        "bootstrap_replica. --wait waits longer"
    )


def _advice(counts: Counter[str], report: Report) -> str:
    skip = f"let it give no id twice, on admin: manage.py skip_ids {highest_id()}"
    if counts["ahead"]:
        return f"Ahead: was admin restored? Then {skip}. --repair --downward takes its older state, --repair the rest"
    if report.is_cut_short:
        return "An empty copy is filled by bootstrap_replica"
    if report.is_repairing:
        return "What is left breaks the contract, or changed meanwhile"
    restored = f". If admin was restored from a backup, first {skip}" if counts["extra"] else ""
    return f"--repair mends it{restored}"
