"""`python tests/soak/run.py MINUTES [SEED]`: the soak. Prints a table; exit code 0 when nothing was lost."""

import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.faults.lab.lab import DEFAULTS, Lab
from tests.faults.lab.quiet import converge
from tests.faults.lab.servers import Servers
from tests.soak.breaking import Breaker, plan
from tests.soak.writers import Writers

WRITES_A_SECOND = 40.0
CONVERGE_SECONDS = 120


def main(arguments: list[str]) -> int:
    minutes = float(arguments[0]) if arguments else 10.0
    seed = int(arguments[1]) if arguments[1:] else random.randrange(10_000)
    print(f"soak of {minutes:g} minutes, seed {seed}: {WRITES_A_SECOND:g} writes a second", flush=True)
    recoveries: dict[str, list[float]] = defaultdict(list)
    with Servers() as servers, Lab(servers, **DEFAULTS, LOG_LEVEL="DEBUG") as lab:
        writers = Writers(lab.admin, a_second=WRITES_A_SECOND, seed=seed)
        failure, seconds = "", 0.0
        try:
            soak(lab, writers, recoveries, seconds=minutes * 60, seed=seed)
            began = time.monotonic()
            lab.written |= writers.promised
            converge(lab, within=CONVERGE_SECONDS)
            seconds = time.monotonic() - began
        except AssertionError as error:
            failure = str(error)
        for line in table(lab, writers, recoveries, seconds):
            print(line, flush=True)
        print(f"\n{failure or 'lost 0, ghosts 0, zombies 0, applied twice 0'}", flush=True)
        if failure:
            print(lab.log_tail())
    return 1 if failure else 0


def soak(lab: Lab, writers: Writers, recoveries: dict[str, list[float]], *, seconds: float, seed: int) -> None:
    """Breaks one thing after the other while clients write; the last fault is healed when it returns."""
    breaker = Breaker(lab)
    end = time.monotonic() + seconds
    with writers:
        for fault in plan(seed):
            time.sleep(fault.quiet_seconds)
            if time.monotonic() > end:
                break
            recoveries[fault.name].append(breaker.break_and_heal(fault))
            print(f"  {fault.name:24} recovered after {recoveries[fault.name][-1]:5.1f} s", flush=True)


def table(lab: Lab, writers: Writers, recoveries: Mapping[str, list[float]], seconds: float) -> Iterator[str]:
    published, committed = lab.accounts.published, lab.accounts.committed()
    kinds = Counter({name: len(times) for name, times in recoveries.items()})
    said = writers.counts
    yield ""
    yield "| | |"
    yield "| --- | ---: |"
    yield f"| writes accepted | {said['accepted']:,} |"
    yield f"| refused (503 and the like) · unanswered | {said['refused']:,} · {said['unanswered']:,} |"
    yield f"| slowest answer | {writers.slowest:.1f} s |"
    yield f"| changes committed | {len(committed):,} |"
    yield f"| events published · of these again | {published.events.total():,} · {published.duplicates:,} |"
    yield f"| deliveries that changed nothing (duplicate, stale) | {changed_nothing(lab):,} |"
    yield f"| faults | {kinds.total():,} |"
    yield f"| equal copies after the last one | {seconds:.1f} s |"
    yield f"| dead letters | {lab.dead_letters():,} |"
    yield ""
    yield "| fault | times | recovery, median | longest |"
    yield "| --- | ---: | ---: | ---: |"
    for name in sorted(kinds):
        times = recoveries[name]
        yield f"| {name} | {len(times)} | {median(times):.1f} s | {max(times):.1f} s |"


def changed_nothing(lab: Lab) -> int:
    """As the consumers counted them, batch by batch, into their logs."""
    batches = (json.loads(line) for line in lab.said("consumer") if '"batch applied"' in line)
    return sum(batch.get("duplicate", 0) + batch.get("stale", 0) for batch in batches)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
