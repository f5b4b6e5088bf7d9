from console import plots

from tests.console.told import AWAY, before, embedded, halves


def test_a_quiet_time_is_a_line_at_zero() -> None:
    drawn = plots.draw(embedded(None, {"minutes": []}))
    (line,) = drawn.throughput.lines
    assert (line.name, line.newest, len(line.paths)) == ("applied", "0/s", 1)
    assert line.paths[0].startswith("0.0,120.0 ")
    assert line.paths[0].endswith(" 600.0,120.0")
    assert [line.paths for line in drawn.lag.lines] == [[], []]
    assert drawn.rows == []


def test_rates_are_by_the_second_and_the_newest_minute_by_what_of_it_has_passed() -> None:
    drawn = plots.draw(halves())
    assert [(line.name, line.newest) for line in drawn.throughput.lines] == [("applied", "1/s"), ("published", "1/s")]
    assert drawn.lag.summary == "median 7 ms, p95 20 ms"
    assert [row.cells for row in drawn.rows] == [["1/s", "1/s", "7 ms", "20 ms"], ["0/s", "1/s", "", ""]]


def test_what_is_not_known_is_not_drawn() -> None:
    drawn = plots.draw(halves(None, AWAY))
    assert [len(line.paths) for line in drawn.throughput.lines] == [0, 1]
    assert drawn.throughput.lines[0].newest == "no value"


def test_a_gap_interrupts_a_line() -> None:
    lag = {"median": 0.01, "p95": 0.02}
    minutes = [{"at": before(30 + 60 * back), "counts": {"applied": 1}, "lag": lag} for back in (1, 2, 5)]
    (median, _) = plots.draw(halves(None, {"minutes": minutes})).lag.lines
    assert [len(path.split()) for path in median.paths] == [2, 2]


def test_a_day_is_in_steps_of_ten_minutes() -> None:
    drawn = plots.draw(halves(span=1440))
    assert len(drawn.throughput.lines[0].paths[0].split()) == 144
    assert (drawn.begin, drawn.middle) == ("24 h ago", "12 h ago")


def test_scales_are_round() -> None:
    wanted = {0.003: 0.005, 1.0: 1.0, 1.1: 2.0, 4.0: 5.0, 7.0: 10.0, 10.0: 10.0, 12_431.0: 20_000.0}
    assert {value: round(plots.nice(value), 9) for value in wanted} == wanted
