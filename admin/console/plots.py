"""Throughput and lag over time, as lines for an SVG and as rows of a table. The server draws: no script is needed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.halves import Half, Halves, Minute
from console.words import lag, per_second

WIDTH, HEIGHT = 600.0, 120.0  # of the drawing, whose size on the page is the page's affair
SETTLED = 10.0  # seconds of a minute without which its rate says nothing
LOWEST_RATE, LOWEST_LAG = 1.0, 0.01  # tops of the plots where next to nothing happens

Values = list[float | None]  # one a bin; None: nothing is known


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    paths: list[str]  # points of the SVG's polylines, interrupted where nothing is known
    newest: str


@dataclass(frozen=True, slots=True)
class Plot:
    name: str
    top: str  # the scale's
    lines: list[Line]

    @property
    def summary(self) -> str:
        return ", ".join(f"{line.name} {line.newest}" for line in self.lines)


@dataclass(frozen=True, slots=True)
class Row:
    at: datetime
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Plots:
    throughput: Plot
    lag: Plot
    rows: list[Row]  # newest first, without those in which nothing happened
    begin: str
    middle: str

    @property
    def heads(self) -> list[str]:
        return [line.name for plot in (self.throughput, self.lag) for line in plot.lines]


def draw(halves: Halves) -> Plots:
    step = timedelta(minutes=1 if halves.span <= 60 else 10)
    bins = _bins(halves, step)
    published = None if halves.is_embedded else _rates(halves.admin, "published", bins, step, halves.now)
    applied = _rates(halves.service, "applied", bins, step, halves.now)
    median, p95 = (_lags(halves.service, bins, name) for name in ("median", "p95"))
    rates = [("applied", applied)] if published is None else [("applied", applied), ("published", published)]
    lags = [("median", median), ("p95", p95)]
    half_way = halves.span / 2
    return Plots(
        throughput=_plot("Throughput", rates, per_second, LOWEST_RATE),
        lag=_plot("Lag", lags, lag, LOWEST_LAG),
        rows=_rows(bins, [values for _, values in rates], [values for _, values in lags]),
        begin=_span(halves.span),
        middle=_span(half_way),
    )


def _bins(halves: Halves, step: timedelta) -> list[datetime]:
    """The beginnings of all bins of the span, the newest last."""
    newest = _start(halves.now, step)
    return [newest - step * back for back in reversed(range(round(halves.span * 60 / step.total_seconds())))]


def _start(at: datetime, step: timedelta) -> datetime:
    return at - (at - datetime.min.replace(tzinfo=at.tzinfo)) % step


def _by_bin(half: Half | None, step: timedelta) -> dict[datetime, Minute]:
    return {_start(minute.at, step): minute for minute in half.minutes if minute.at} if half else {}


def _rates(half: Half | None, name: str, bins: list[datetime], step: timedelta, now: datetime) -> Values:
    """A second. A bin that is not over yet counts by what of it has passed."""
    if half is None:
        return [None] * len(bins)
    found = _by_bin(half, step)
    done = [found[at].counts.get(name, 0) if at in found else 0 for at in bins]
    seconds = [min(step.total_seconds(), max(SETTLED, (now - at).total_seconds())) for at in bins]
    return [number / time for number, time in zip(done, seconds, strict=True)]


def _lags(half: Half | None, bins: list[datetime], name: str) -> Values:
    found = _by_bin(half, bins[1] - bins[0])
    minutes = [found.get(at) for at in bins]
    return [getattr(minute.lag, name) if minute and minute.lag else None for minute in minutes]


def _plot(name: str, lines: list[tuple[str, Values]], word: Callable[[float], str], lowest: float) -> Plot:
    top = nice(max([lowest, *(value for _, values in lines for value in values if value is not None)]))
    return Plot(name, word(top), [Line(of, _paths(values, top), _newest(values, word)) for of, values in lines])


def nice(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50, …, so that the scale does not change with each value."""
    size = 1.0
    while size > value:
        size /= 10
    while size * 10 <= value:
        size *= 10
    return next(size * factor for factor in (1, 2, 5, 10, 20) if size * factor >= value)


def _paths(values: Values, top: float) -> list[str]:
    step = WIDTH / max(1, len(values) - 1)
    points = [
        None if value is None else (index * step, HEIGHT - value / top * HEIGHT) for index, value in enumerate(values)
    ]
    return [" ".join(f"{x:.1f},{y:.1f}" for x, y in run) for run in _runs(points, step)]


def _runs(points: Sequence[tuple[float, float] | None], step: float) -> list[list[tuple[float, float]]]:
    """What is connected. A point alone is drawn as a short dash."""
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    alone = step / 3
    return [run if len(run) > 1 else [(max(0.0, run[0][0] - alone), run[0][1]), run[0]] for run in runs if run]


def _newest(values: Values, word: Callable[[float], str]) -> str:
    return next((word(value) for value in reversed(values) if value is not None), "no value")


def _rows(bins: list[datetime], rates: list[Values], lags: list[Values]) -> list[Row]:
    words = [*((values, per_second) for values in rates), *((values, lag) for values in lags)]
    return [
        Row(at, ["" if values[index] is None else word(values[index] or 0) for values, word in words])
        for index, at in reversed(list(enumerate(bins)))
        if any(values[index] for values, _ in words)
    ]


def _span(minutes: float) -> str:
    return f"{minutes:g} min ago" if minutes < 120 else f"{minutes / 60:g} h ago"
