"""What `sync_status` shows: verdict, pipeline, processes, lag, dead letters, drift. As a picture and as lines."""

from collections.abc import Iterator, Sequence

from config.printable import printable
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from console import pipeline, verdict
from console.halves import Halves, Process
from console.levels import Level, Verdict
from console.pipeline import Box
from console.words import ago, clock, duration, lag, number, seconds_since

WIDTH = 16  # of a bar
SIGNS = {Level.OK: "●", Level.WARN: "▲", Level.BAD: "✖", Level.UNKNOWN: "?"}
COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.BAD: "red", Level.UNKNOWN: "magenta"}
Row = tuple[str, str, str]  # what, its value, and more about it


def picture(halves: Halves) -> RenderableType:
    """For a terminal."""
    first, *others = verdict.findings(halves)
    parts: list[RenderableType] = [_sentence(first), Text(f"  {printable(first.advice)}", style="dim"), Text()]
    for other in others:
        parts.append(_sentence(other))
    if others:
        parts.append(Text())
    return Group(*parts, _pipeline(pipeline.boxes(halves)), Text(), _facts(list(_rows(halves))))


def lines(halves: Halves) -> Iterator[str]:
    """The same where nobody sees it, tab-separated."""
    first, *others = verdict.findings(halves)
    yield from (printable(text) for text in (first.sentence, first.advice, *(other.sentence for other in others)))
    for box in pipeline.boxes(halves):
        yield "\t".join(map(printable, (box.name, box.word, _count(box), _rate(box), _oldest(box, halves), box.said)))
    for row in _rows(halves):
        yield "\t".join(map(printable, row))


def _sentence(found: Verdict) -> Text:
    colour = COLOURS[found.level]
    return Text.assemble((f"{SIGNS[found.level]} ", colour), (printable(found.sentence), f"bold {colour}"))


def _pipeline(boxes: Sequence[Box]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for justify in ("left", "left", "right", "left", "left", "left"):
        table.add_column(justify=justify, overflow="fold")
    for box in boxes:
        colour = COLOURS[box.level]
        said = " · ".join(filter(None, [_rate(box), box.said]))
        table.add_row(
            Text(f"  {box.name}", style="bold"),
            Text(_bar(box, boxes), style=colour),
            Text(number(box.count) if box.count is not None else ""),
            Text(box.unit),
            Text(printable(box.word), style=colour),
            Text(printable(said), style="dim"),
        )
    return table


def _bar(box: Box, boxes: Sequence[Box]) -> str:
    """As long as its count is, beside those that count the same; what is there at all shows."""
    if box.count is None or box.unit == "running":
        return "█" * min(box.count or 0, WIDTH)
    alike = {"in the queue": "waiting"}
    kind = alike.get(box.unit, box.unit)
    most = max(other.count or 0 for other in boxes if alike.get(other.unit, other.unit) == kind)
    # Ten waiting events are no full bar, however few the others are.
    most = max(most, 100) if kind == "waiting" else most
    filled = -(-WIDTH * box.count // most) if most else 0
    return "█" * filled + "░" * (WIDTH - filled)


def _facts(rows: Sequence[Row]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    before = ""
    for name, value, more in rows:
        title = "" if name == before else f"  {name}"
        before = name
        table.add_row(Text(title, style="bold"), Text(printable(value)), Text(printable(more), style="dim"))
    return table


def _rows(halves: Halves) -> Iterator[Row]:
    for half in halves.known:
        for process in half.processes:
            yield process.role, _process(process, halves), process.said
    yield "lag", *_lag(halves)
    if halves.admin and halves.admin.outbox and (at := halves.admin.outbox.oldest_at):
        yield "oldest event", duration(seconds_since(at, halves.now) or 0), "since it was written"
    letters = halves.service.dead_letters if halves.service else None
    if letters:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in letters.by_reason.items())
        oldest = f", the oldest {ago(letters.oldest_at, halves.now)}" if letters.total else ""
        yield "dead letters", f"{letters.total:,}", f"{reasons}{oldest}"
    if halves.service:
        yield "drift check", *_drift(halves)
    if halves.clock_ahead:
        yield "clocks", f"{halves.clock_ahead.total_seconds():+.0f} s", f"{halves.other}'s before this one's"


def _process(process: Process, halves: Halves) -> str:
    where = f"{process.host}/{process.pid}"
    if not process.is_fresh:
        how = "stopped" if process.state == "stopped" else "silent"
        return f"{how}, last sign {ago(process.beat_at, halves.now)} on {where}"
    return f"{process.word} since {clock(process.since, halves.now)} on {where}"


def _lag(halves: Halves) -> tuple[str, str]:
    known = [minute for minute in halves.service.minutes if minute.lag] if halves.service else []
    if not known or known[-1].lag is None or known[-1].lag.median is None:
        return "unknown", f"no event in the last {halves.span} minutes" if halves.service else ""
    last = known[-1].lag
    p95 = f", p95 {lag(last.p95)}" if last.p95 is not None else ""
    return f"median {lag(known[-1].lag.median)}{p95}", f"in the minute {clock(known[-1].at, halves.now)} UTC"


def _drift(halves: Halves) -> tuple[str, str]:
    check = halves.service.drift if halves.service else None
    if check is None:
        return "never", "manage.py check_drift on service compares every product"
    if check.is_running:
        return "running", f"since {clock(check.started_at, halves.now)} UTC, by {check.by}"
    counts = ", ".join(f"{count:,} {kind}" for kind, count in check.counts.items())
    when = ago(check.finished_at or check.started_at, halves.now)
    return f"{check.verdict}, {when}", ", ".join(
        filter(None, [counts, f"{check.compared:,} compared", f"by {check.by}"])
    )


def _count(box: Box) -> str:
    return "" if box.count is None else f"{number(box.count)} {box.unit}"


def _rate(box: Box) -> str:
    return "" if box.rate is None else f"{box.rate:.1f}/s {box.did}"


def _oldest(box: Box, halves: Halves) -> str:
    return f"oldest {ago(box.oldest_at, halves.now)}" if box.oldest_at else ""
