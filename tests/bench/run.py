"""`make bench`: Lockstep beside the others; prints the table, writes results.json, table.md, plot.svg to var/bench."""

import argparse
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.million import Million
from tests.bench.place import Place
from tests.bench.report import Results, table
from tests.bench.rounds import Rounds
from tests.bench.systems import Systems
from tests.e2e.stacks.processes import ROOT
from tests.servers.process import ServerError

OUTPUT = ROOT / "var/bench"


def main() -> int:
    wanted = arguments()
    began = time.monotonic()
    results = Results()
    with Place(python=str(Path(wanted.python).absolute())) as place:
        if wanted.rounds:
            rounds = Rounds(place)
            for number in range(1, wanted.rounds + 1):
                print(f"round {number} of {wanted.rounds}, {time.monotonic() - began:.0f} s", flush=True)
                rounds.run(only=wanted.only)
            results.rounds = dict(rounds.measured)
        failure = "" if wanted.only else measure_once(place, wanted.count, results, began)
    results.seconds = time.monotonic() - began
    return write(results, wanted.python) or bool(failure)


def measure_once(place: Place, count: int, results: Results, began: float) -> str:
    """What failed, if something did: what was measured is worth its table all the same."""
    failure = ""
    for make in (Systems, lambda place: Million(place, count=count)):
        try:
            for name, figure in make(place).run():
                print(f"{time.monotonic() - began:6.0f} s  {name:44} {figure:12,.2f}", flush=True)
                results.once[name] = figure
        except (AssertionError, ServerError) as error:
            failure = f"this part ends here: {error}"
            print(failure)
    return failure


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True, help="of the virtual environment that holds the contenders")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=1_000_000, help="of events and products, at the large size")
    parser.add_argument("--only", default="", help="the steps of a round whose names hold this word, and nothing else")
    return parser.parse_args()


def write(results: Results, python: str) -> int:
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / "results.json").write_text(json.dumps(results.as_json(), indent=2) + "\n")
    lines = table(results)
    (OUTPUT / "table.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    plot = Path(__file__).with_name("plot.py")
    subprocess.run([python, plot, OUTPUT / "results.json", OUTPUT / "plot.svg"], check=True)
    print(f"\n{results.seconds:.0f} s; written to {OUTPUT.relative_to(ROOT)}")
    return 0 if results.keeps_all() else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers and folders are cleared away
    sys.exit(main())
