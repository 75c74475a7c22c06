"""Two renderings compared object by object, beside the whole texts compared line by line."""

import time
from collections.abc import Callable
from difflib import unified_diff

import yaml

from bench.figures import Report, Sizes, Spread, at_least, at_most, in_turn, ratio
from bench.manifests import rendering
from bot.core.diff import compare
from bot.core.manifests import Manner

ABOUT = """\
{lines:,} lines of 220 objects as kustomize writes them, 11 Secrets among them, against a rendering in which one \
object differs, or each has one more label, or all lines differ that may ({changed:,} of them; the others say which \
object it is, or open a block). *Ours* ends with hunks, dangers and images, no secret in them; *as Helm* takes the \
same text for one whose form nobody knows; *difflib* is `unified_diff` over the whole texts; *PyYAML* only loads both \
sides, with its C parser. {rounds} rounds in turn; milliseconds of processor time, median (smallest-largest)."""
HEADER = ("changed", "ours", "as Helm", "difflib", "PyYAML", "difflib / ours")
MS = 1000
CALLS = 5
"""A round is the mean of so many calls, for one takes no longer than a hiccup."""


def measure(sizes: Sizes) -> Report:
    """Measure diffs."""
    before = rendering()
    afters = {
        "one object": rendering(range(110, 111)),
        "a label in each": before.replace("\n  labels:\n", "\n  labels:\n    release: next\n"),
        "all lines": rendering(range(220)),
    }
    ways = {f"{way} {name}": act for name, after in afters.items() for way, act in _ways(before, after).items()}
    rounds = in_turn(sizes.rounds, ways)
    rows = []
    for name in afters:
        ours, helm, lines, parsed = (rounds[f"{way} {name}"] for way in ("ours", "helm", "difflib", "pyyaml"))
        shown = [Spread.of(each).show(scale=MS, digits=1) for each in (ours, helm, lines, parsed)]
        rows.append([name, *shown, ratio(lines, ours).show(" ×", digits=1)])
    bars = [
        at_most("one object", 5, Spread.of(rounds["ours one object"]).middle * MS, " ms"),
        at_most("all lines", 50, Spread.of(rounds["ours all lines"]).middle * MS, " ms"),
        *(
            at_least(f"difflib / ours, {name}", 10, ratio(rounds[f"difflib {name}"], rounds[f"ours {name}"]))
            for name in ("one object", "a label in each")
        ),
    ]
    changed = sum(one != other for one, other in zip(before.split("\n"), afters["all lines"].split("\n"), strict=True))
    about = ABOUT.format(lines=before.count("\n"), changed=changed, rounds=sizes.rounds)
    return Report("Renderings compared", about, HEADER, rows, bars)


def _ways(before: str, after: str) -> dict[str, Callable[[], float]]:
    manner = Manner(b"a key")
    return {
        "ours": _timed(lambda: compare(before, after, manner, canonical=True)),
        "helm": _timed(lambda: compare(before, after, manner, canonical=False)),
        "difflib": _timed(lambda: list(unified_diff(before.split("\n"), after.split("\n"), lineterm="")), calls=1),
        "pyyaml": _timed(lambda: [_loaded(before), _loaded(after)], calls=1),
    }


def _loaded(text: str) -> list[object]:
    return list(yaml.load_all(text, yaml.CSafeLoader))


def _timed(act: Callable[[], object], calls: int = CALLS) -> Callable[[], float]:
    def taken() -> float:
        began = time.process_time()
        for _ in range(calls):
            act()
        return (time.process_time() - began) / calls

    return taken
