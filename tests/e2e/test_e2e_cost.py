"""What one promotion costs GitHub: between the merge and the finished summary, for the delivery of the merge alone."""

from collections import Counter
from collections.abc import Iterator

import pytest

from bot.demo.stage import Stage
from tests.e2e.backstage import TOKENS, cancel, order, ours
from tests.e2e.shop import Shop

pytestmark = pytest.mark.slow

MOST_CALLS = 8
MOST_GIT_REQUESTS = 4


@pytest.fixture(autouse=True)
def _merges_only(stage: Stage) -> Iterator[None]:
    """Let GitHub tell of merges and of nothing else: a check and a push are deliveries of their own."""
    order(stage, "drop-webhook", r"^(?!pull_request\.closed)", times=1_000_000)
    yield
    cancel(stage)


def spent(shop: Shop, title: str) -> tuple[Counter[str], int]:
    """Promote a change; return the API calls by endpoint, and the number of git requests."""
    source = shop.propose(title, {f"{title}.yaml": "new\n"})
    since = shop.stage.calls()["mark"]
    shop.kim.merge(source, "squash")
    shop.promoted(source)
    counts = ours(shop.stage, shop.name, since)
    git = sum(count for endpoint, count in counts.items() if endpoint.startswith("git-"))
    return Counter({name: count for name, count in counts.items() if not name.startswith("git-")}), git


def test_the_first_promotion_costs_at_most_eight_calls_with_its_token(shop: Shop) -> None:
    calls, _ = spent(shop, "first")

    assert calls[TOKENS] >= 1
    assert calls.total() <= MOST_CALLS, calls


def test_a_warm_promotion_costs_less_and_at_most_four_git_requests(shop: Shop) -> None:
    first, _ = spent(shop, "first")

    calls, git = spent(shop, "second")

    assert calls[TOKENS] == 0
    assert calls.total() < first.total()
    assert 0 < git <= MOST_GIT_REQUESTS, git
