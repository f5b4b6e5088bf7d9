"""The table: each figure beside what it is measured against, with what it must and what it should reach."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass
class Results:
    rounds: Mapping[str, list[float]] = field(default_factory=dict)
    once: dict[str, float] = field(default_factory=dict)
    seconds: float = 0

    def as_json(self) -> dict[str, Any]:
        return {"seconds": self.seconds, "rounds": dict(self.rounds), "once": self.once, "verdicts": verdicts(self)}

    def keeps_all(self) -> bool:
        """Each "must" that was to be measured."""
        return all(verdict["must"] != "missed" for verdict in verdicts(self))

    def rate(self, name: str) -> float:
        return median(self.rounds[name])

    def ratio(self, name: str, *, of: str) -> float:
        """The median of the rounds' own ratios."""
        return median(a / b for a, b in zip(self.rounds[name], self.rounds[of], strict=True))


@dataclass(frozen=True)
class Target:
    """`figure` may raise KeyError where it was not measured. `at_most`: less is better."""

    what: str
    figure: Callable[[Results], float]
    must: float | None
    aim: float | None
    unit: str = "x"
    at_most: bool = False

    def reached(self, figure: float, wanted: float | None) -> str:
        if wanted is None:
            return ""
        return "met" if (figure <= wanted if self.at_most else figure >= wanted) else "missed"


def ratio(name: str, *, of: str) -> Callable[[Results], float]:
    return lambda results: results.ratio(name, of=of)


def rate(name: str) -> Callable[[Results], float]:
    return lambda results: results.rate(name)


def once(name: str, *, of: str = "") -> Callable[[Results], float]:
    return lambda results: results.once[name] / (results.once[of] if of else 1)


OURS = "drain: lockstep"
TARGETS = (
    Target("consumer drain ÷ tutorial", ratio(OURS, of="drain: tutorial"), 25, None),
    Target("consumer drain ÷ django-cqrs", ratio(OURS, of="drain: django-cqrs"), 40, 50),
    Target("consumer drain ÷ raw 500-row upsert", ratio(OURS, of="raw: upsert"), None, 0.35),
    Target("two consumers ÷ one", ratio("drain: lockstep, two consumers", of=OURS), 1.3, 1.5),
    Target("relay ÷ raw pipelined confirms", ratio("relay: lockstep", of="raw: confirms"), 0.6, 0.75),
    Target("POST with its event ÷ stock DRF without", ratio("post: lockstep", of="post: stock DRF, no event"), 0.85, 1),
    Target(
        "whole system at work, POST/s ÷ tutorial",
        once("at work: lockstep, POST/s", of="at work: tutorial, POST/s"),
        3,
        None,
    ),
    Target("… the copy behind, at most", once("at work: lockstep, s behind"), None, 1, "s", at_most=True),
    Target("bulk POST of 1,000", rate("bulk: lockstep"), 5_000, 8_000, "products/s"),
    Target("commit → visible, median", once("lag: lockstep, median ms"), 10, None, "ms", at_most=True),
    Target("commit → visible, p99", once("lag: lockstep, p99 ms"), 30, 15, "ms", at_most=True),
    Target(
        "commit → visible, median ÷ tutorial's kept connection",
        once("lag: lockstep, median ms", of="lag: tutorial, kept connection, median ms"),
        None,
        1,
        at_most=True,
    ),
    Target("relay, 1,000,000 wait ÷ 20,000", once("relay, a million wait", of="relay, few wait"), 0.85, 0.95),
    Target("drain, 1,000,000 wait ÷ 20,000", once("drain, a million wait", of="drain, few wait"), 0.85, 0.95),
    Target("… memory of the relay", once("relay, memory in MiB"), 120, None, "MiB", at_most=True),
    Target("… memory of the consumer", once("drain, memory in MiB"), 120, None, "MiB", at_most=True),
    Target(
        "copy of 1,000,000, updates ÷ of 10,000",
        once("drain, updates of a million", of="drain, updates of a small copy"),
        0.9,
        1,
    ),
    Target("copy of 1,000,000, GET ÷ of 10,000", once("a million: get", of="small copy: get"), 0.9, 1),
    Target("copy of 1,000,000, list ÷ of 10,000", once("a million: list", of="small copy: list"), 0.9, 1),
    Target("bootstrap of 1,000,000", once("bootstrap"), 10_000, None, "rows/s"),
    Target("drift check of 1,000,000 equal", once("drift check, seconds"), 60, None, "s", at_most=True),
    Target("GET one on service ÷ stock DRF", ratio("get: lockstep", of="get: stock DRF"), 1.2, 2),
    Target("GET list on service ÷ stock DRF", ratio("list: lockstep", of="list: stock DRF"), 1.2, 2),
    Target("304 to who has it ÷ GET of it", ratio("304: lockstep", of="get: lockstep"), None, None),
    Target("embedded drain", rate("drain: lockstep, embedded"), 3_000, 8_000, "events/s"),
    Target("broker killed 5 s: answers but 201", once("broker killed: answers but 201"), 0, None, "", at_most=True),
    Target("… lost", once("broker killed: lost"), 0, None, "", at_most=True),
    Target(
        "… p99 of POST meanwhile ÷ before",
        once("broker killed: p99 of POST meanwhile, ms", of="broker killed: p99 of POST before, ms"),
        1.5,
        1.1,
        at_most=True,
    ),
    Target("… caught up after", once("broker killed: s to catch up"), None, 2, "s", at_most=True),
)


def verdicts(results: Results) -> list[dict[str, Any]]:
    """Of the targets whose figures were measured."""
    found = []
    for target in TARGETS:
        try:
            figure = target.figure(results)
        except KeyError:
            continue
        verdict = {name: target.reached(figure, getattr(target, name)) for name in ("must", "aim")}
        found.append({"what": target.what, "figure": figure, "unit": target.unit, **verdict})
    return found


def table(results: Results) -> list[str]:
    return [*_targets(results), "", *_figures(results)]


def _targets(results: Results) -> Iterator[str]:
    yield "| what | figure | must | aim |"
    yield "| --- | ---: | ---: | ---: |"
    wanted = {target.what: target for target in TARGETS}
    for verdict in verdicts(results):
        target = wanted[verdict["what"]]
        cells = (_cell(target, name, verdict[name]) for name in ("must", "aim"))
        yield f"| {target.what} | **{number(verdict['figure'])}** {target.unit} | {' | '.join(cells)} |"


def _cell(target: Target, name: str, verdict: str) -> str:
    limit = getattr(target, name)
    if limit is None:
        return ""
    return f"{'≤' if target.at_most else '≥'} {number(limit)} {'✓' if verdict == 'met' else '✗'}"


def _figures(results: Results) -> Iterator[str]:
    yield "| measured, per second | median | rounds |"
    yield "| --- | ---: | --- |"
    for name, figures in results.rounds.items():
        yield f"| {name} | {number(median(figures))} | {' · '.join(map(number, figures))} |"
    yield ""
    yield "| measured once | |"
    yield "| --- | ---: |"
    for name, figure in results.once.items():
        yield f"| {name} | {number(figure)} |"


def number(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 or figure == int(figure) else f"{figure:.2f}"
