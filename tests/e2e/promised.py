"""What must be true of every merge once all is quiet, whatever happened on the way."""

from collections import Counter
from collections.abc import Iterator, Mapping

from bot.demo.stage import eventually
from tests.e2e.shop import Shop, blob

Merges = Mapping[int, Mapping[str, str]]
"""Source pull requests, with the files each brought."""


def broken(shop: Shop, merges: Merges, *, tier: str = "tier-1") -> list[str]:
    """Return a sentence for each promise that was not kept to a merge into a tier that has not moved since."""
    return [
        f"{shop.name}#{source}: {what}" for source, files in merges.items() for what in _of(shop, source, files, tier)
    ]


def await_all(shop: Shop, merges: Merges, *, within: float = 30) -> None:
    """Wait until every promise is kept; TimeoutError names those that are not."""
    try:
        eventually(lambda: not broken(shop, merges), "every promise", within=within)
    except TimeoutError as late:
        raise TimeoutError("\n".join([str(late), *broken(shop, merges)])) from late


def _of(shop: Shop, source: int, files: Mapping[str, str], tier: str) -> Iterator[str]:
    pulls, summaries = shop.promotions(source, tier), shop.summaries(source)
    branches = [name for name in shop.branches("promote/") if name.endswith(f"/{source}")]
    if len(summaries) != 1:
        yield f"{len(summaries)} summary comments"
    if branches != [f"promote/{tier}/{source}"]:
        yield f"branches {branches}"
    if len(pulls) != 1:
        yield f"{len(pulls)} promotion pull requests"
        return
    (pull,) = pulls
    if f"#{pull['number']} is open" not in shop.row(source, tier):
        yield f"its summary says {shop.row(source, tier)!r}"
    if shop.tree(pull["head"]["sha"]) != shop.tree(tier) | {path: blob(text) for path, text in files.items()}:
        yield "the promotion has another tree"
    if {label["name"] for label in pull["labels"]} != {"promotion", f"tier/{tier}"} or not pull["assignees"]:
        yield "the promotion is not dressed"
    runs = shop.kim.get(f"/commits/{pull['head']['sha']}/check-runs", filter="all")["check_runs"]
    if Counter(run["name"] for run in runs) != Counter(["tierkeeper/diff", "tierkeeper/promotion"]):
        yield f"check runs {[run['name'] for run in runs]}"
    yield from (f"{run['name']} is {run['conclusion']}" for run in runs if run["conclusion"] != "success")
