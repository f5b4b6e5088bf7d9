"""`python plot.py results.json plot.svg`: the rates of each kind side by side, every round a dot, the median a bar."""

import json
import sys
from statistics import median

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "lockstep"
import matplotlib.pyplot as plt  # noqa: E402

OURS, OTHERS, LIMIT = "#2f6f4e", "#9aa5a0", "#d9c7a3"
KINDS = {
    "drain": ("events stored a second, one consumer process (log scale)", ("raw: upsert", "raw: consume")),
    "relay": ("events confirmed a second", ("raw: confirms",)),
    "post": ("POST /api/products a second, 2 workers", ()),
    "get": ("GET one product a second", ()),
    "list": ("GET a list of 50 a second", ()),
}


def main(source: str, target: str) -> None:
    with open(source) as file:
        rounds = json.load(file)["rounds"]
    panels = {kind: names(rounds, kind, limits) for kind, (_, limits) in KINDS.items()}
    panels = {kind: found for kind, found in panels.items() if found}
    if not panels:
        return
    heights = [0.6 + len(found) for found in panels.values()]
    figure, axes = plt.subplots(
        len(panels), figsize=(8, 0.34 * sum(heights) + 1), height_ratios=heights, squeeze=False, layout="constrained"
    )
    for axis, (kind, found) in zip(axes[:, 0], panels.items(), strict=True):
        draw(axis, kind, found, rounds)
    figure.savefig(target, metadata={"Date": None})


def names(rounds: dict[str, list[float]], kind: str, limits: tuple[str, ...]) -> list[str]:
    return [name for name in rounds if name.startswith(f"{kind}:") or name in limits]


def draw(axis: plt.Axes, kind: str, found: list[str], rounds: dict[str, list[float]]) -> None:
    found = sorted(found, key=lambda name: median(rounds[name]))
    for place, name in enumerate(found):
        limit = name.startswith("raw") or "hello" in name
        colour = OURS if "lockstep" in name else LIMIT if limit else OTHERS
        axis.barh(place, median(rounds[name]), color=colour)
        axis.plot(rounds[name], [place] * len(rounds[name]), ".", color="#333333", markersize=4)
        axis.annotate(
            f"{median(rounds[name]):,.0f}",
            (max(rounds[name]), place),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    axis.set_yticks(range(len(found)), [name.removeprefix(f"{kind}: ") for name in found], fontsize=8)
    axis.set_title(KINDS[kind][0], fontsize=9, loc="left")
    if kind == "drain":
        axis.set_xscale("log")
    axis.margins(x=0.15)
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(axis="x", labelsize=8)


if __name__ == "__main__":
    main(*sys.argv[1:])
