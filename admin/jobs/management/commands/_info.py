"""`jobs info`: queues as bars, who works, and what is to be done about it."""

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import Any

import msgspec
from config.databases import explain
from config.printable import printable
from console.arguments import CANNOT_TELL, dumped, seconds
from console.screen import Screen
from console.words import ago, clock, counted
from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections
from django.utils import timezone
from processes.models import State as Doing
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from jobs import queries
from jobs.admin.steering import absent
from jobs.queries import Info, Queue
from jobs.roles import BEAT, WORKER

WIDTH = 16  # of a bar
FULL = 100  # ten waiting jobs are no full bar, however few the others are
NO_WORKER = 1
COLOURS = {"queued": "yellow", "running": "green", "failed": "red"}


def add_to(actions: Any) -> None:
    info = actions.add_parser("info", help="queues, workers and beat. Exit code 1: jobs wait and no worker lives")
    info.add_argument(
        "--watch", nargs="?", const=2.0, type=seconds, metavar="SECONDS", help="again and again until Ctrl-C"
    )
    info.add_argument("--json", action="store_true", help="one JSON object a line")


def show(screen: Screen, command: BaseCommand, options: dict[str, Any]) -> None:
    watch, as_json = options["watch"], options["json"]
    if watch is None:
        sys.exit(_once(screen, command, as_json=as_json, live=None))
    # Rich takes the picture away and draws it anew; a program gets one below the other.
    code = CANNOT_TELL
    is_drawn = screen.console is not None and not as_json
    with Live(console=screen.console, auto_refresh=False) if is_drawn else contextlib.nullcontext() as live:
        try:
            while True:
                code = _once(screen, command, as_json=as_json, live=live)
                command.stdout.flush()
                time.sleep(max(watch, 0.2))
                close_old_connections()
        except KeyboardInterrupt:
            pass
    sys.exit(code)


ACTIONS = {"info": show}


def _once(screen: Screen, command: BaseCommand, *, as_json: bool, live: Live | None) -> int:
    try:
        info = queries.info()
    except Error as error:
        sentence = f"Cannot tell: {explain(error)}"
        command.stdout.write(dumped({"error": sentence, "exit_code": CANNOT_TELL}) if as_json else sentence)
        return CANNOT_TELL
    code = NO_WORKER if info.queued and not info.living else 0
    if as_json:
        command.stdout.write(dumped(msgspec.structs.asdict(info) | _in_json(info) | {"exit_code": code}))
    elif live is not None:
        live.update(_picture(info), refresh=True)
    else:
        screen.show(_picture(info), plain=_lines(info))
    return code


def _in_json(info: Info) -> dict[str, Any]:
    return {"queues": [msgspec.structs.asdict(queue) for queue in info.queues], "at": timezone.now()}


def _picture(info: Info) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    for justify in ("left", "left", "right", "right", "right"):
        table.add_column(justify=justify, overflow="fold")
    most = max([FULL, *(queue.queued for queue in info.queues)])
    for queue in info.queues:
        filled = -(-WIDTH * queue.queued // most)
        bar = Text("█" * filled + "░" * (WIDTH - filled), style="yellow" if queue.queued else "dim")
        table.add_row(Text(f"  {printable(queue.name)}", style="bold"), bar, *_counts(queue))
    processes = Table.grid(padding=(0, 2, 0, 0))
    for role, word, said, where in _processes(info):
        processes.add_row(Text(f"  {role}", style="bold"), Text(word), Text(printable(said)), Text(printable(where)))
    advice = [Text(printable(text), style="yellow") for text in _advice(info)]
    return Group(table, Text(), processes, Text(), *advice, Text(_summary(info)))


def _counts(queue: Queue) -> Iterator[Text]:
    for name, colour in COLOURS.items():
        count = getattr(queue, name)
        yield Text(f"{count:,} {name}", style=colour if count else "dim")


def _lines(info: Info) -> Iterator[str]:
    for queue in info.queues:
        yield "\t".join([printable(queue.name), *(f"{getattr(queue, name)} {name}" for name in COLOURS)])
    for row in _processes(info):
        yield "\t".join(map(printable, row))
    yield from map(printable, _advice(info))
    yield _summary(info)


def _processes(info: Info) -> Iterator[tuple[str, str, str, str]]:
    """Role, state, what it says itself, and where it is with its last sign."""
    now = timezone.now()
    for process in (*info.workers, *info.beat):
        label = Doing(process["state"]).label.lower()
        is_known = process["is_fresh"] or process["state"] == Doing.STOPPED
        where = f"{process['host']}:{process['pid']}, last sign {ago(process['beat_at'], now)}"
        yield process["role"], label if is_known else "silent", process["said"], where


def _advice(info: Info) -> Iterator[str]:
    if info.paused:
        why = f": {info.paused['reason']}" if info.paused["reason"] else ""
        at = clock(info.paused["at"], timezone.now())
        yield f"Paused by {info.paused['by']} at {at}{why}. Go on: manage.py jobs resume"
    for role, found in ((WORKER, info.workers), (BEAT, info.beat)):
        if text := absent(role, found):
            yield text


def _summary(info: Info) -> str:
    totals = [f"{sum(getattr(queue, name) for queue in info.queues):,} {name}" for name in COLOURS]
    return f"{', '.join(totals)}; {counted(info.living, 'worker')}"
