"""What one promotion asks of GitHub: calls of the API and of git, and their bytes."""

from collections import Counter
from collections.abc import Iterator, Sequence

from bench.figures import Report, Sizes
from bench.places import folder
from bench.scene import Event, playing
from bench.tap import Exchange

ABOUT = """\
A promotion by a bot that knows the repository: from the merge's webhook until nothing more is said, the promotion \
pull request's own events and its check included. Calls are counted by the sandbox, bytes (of bodies) on the wire."""
HEADER = ("request", "calls", "KB sent", "KB received")


def measure(_sizes: Sizes) -> Report:
    """Count a promotion's requests."""
    with folder() as place, playing(place / "stage") as scene:
        kim = scene.plant("acme/shop", 200)
        scene.event(kim)
        number = scene.propose(kim)
        scene.settle()
        mark = scene.stage.calls()["mark"]
        event = scene.promote(kim, number)
        counted = scene.stage.calls(mark)["calls"]
    calls: Counter[str] = Counter()
    for each in counted:
        if each["who"].partition("/")[0] in {"app", "installation"}:
            calls[each["endpoint"]] += each["count"]
    rows = [[endpoint, str(count), "", ""] for endpoint, count in sorted(calls.items())]
    return Report("What one promotion asks of GitHub", ABOUT, HEADER, [*rows, *_sums(event)])


def _sums(event: Event) -> Iterator[Sequence[str]]:
    for kind, name in (("webhook", "all webhooks"), ("api", "all of the API"), ("git", "all of git")):
        said = [each for each in event.exchanges if each.kind == kind]
        yield [f"**{name}**", str(len(said)), _kilobytes(len(each.body) for each in said), _kilobytes(_answers(said))]


def _answers(said: Sequence[Exchange]) -> Iterator[int]:
    return (each.down for each in said)


def _kilobytes(sizes: Iterator[int]) -> str:
    return f"{sum(sizes) / 1000:.1f}"
