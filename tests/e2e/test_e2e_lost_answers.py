"""GitHub did it and the answer was lost: nothing is done twice, and nothing is left undone."""

from collections.abc import Iterator

import pytest

from bot.demo.stage import Stage, eventually
from tests.e2e.backstage import cancel, order, orders
from tests.e2e.promised import await_all, broken
from tests.e2e.shop import Shop

pytestmark = pytest.mark.slow

FILES = {"web.yaml": "image: web:v2\n"}
WRITES = {
    "push": ("POST", r"/git-receive-pack$"),
    "open": ("POST", r"/pulls$"),
    "dress": ("PATCH", r"/issues/\d+$"),
    "comment": ("POST", r"/issues/\d+/comments$"),
    "check": ("POST", r"/check-runs$"),
}


@pytest.fixture(autouse=True)
def _no_fault_outlives_its_test(stage: Stage) -> Iterator[None]:
    yield
    cancel(stage)


@pytest.mark.parametrize("kind", ["after", "reset-after"])
@pytest.mark.parametrize("write", WRITES)
def test_a_write_whose_answer_is_lost_is_done_once(shop: Shop, stage: Stage, write: str, kind: str) -> None:
    source = shop.propose("web: v2", FILES)
    shop.judged(shop.pull(source)["head"]["sha"], "success")  # which takes the same roads
    method, path = WRITES[write]
    order(stage, kind, path, method=method)

    shop.kim.merge(source, "squash")

    eventually(lambda: not broken(shop, {source: FILES}), f"exactly one of each after a lost {write}")
    assert orders(stage) == []


@pytest.mark.parametrize("kind", ["after", "reset-after"])
def test_a_token_that_never_arrives_is_asked_for_again(shop: Shop, stage: Stage, kind: str) -> None:
    order(stage, kind, r"/access_tokens$", method="POST")

    source = shop.merged("web: v2", FILES)

    await_all(shop, {source: FILES})
    assert orders(stage) == []


@pytest.mark.parametrize("kind", ["after", "reset-after"])
def test_an_edit_whose_answer_is_lost_leaves_one_comment(shop: Shop, stage: Stage, kind: str) -> None:
    source = shop.merged("web: v2", FILES)
    pull = shop.promoted(source)
    order(stage, kind, r"/issues/comments/\d+$", method="PATCH")

    shop.kim.merge(pull["number"], "squash")

    shop.told(source, "is open", "tier-2")
    assert len(shop.summaries(source)) == 1
    assert orders(stage) == []


@pytest.mark.parametrize("kind", ["status", "reset"])
def test_everything_fails_once_before_it_succeeds(shop: Shop, stage: Stage, kind: str) -> None:
    source = shop.propose("web: v2", FILES)
    shop.judged(shop.pull(source)["head"]["sha"], "success")
    for method, path in WRITES.values():
        order(stage, kind, f"{shop.name}.*{path}", method=method, status=503)

    shop.kim.merge(source, "squash")

    await_all(shop, {source: FILES}, within=60)
    assert orders(stage) == []


def test_a_close_whose_answer_is_lost_is_said_once(shop: Shop, stage: Stage) -> None:
    pull = shop.promoted(shop.merged("web: v2", FILES))
    order(stage, "after", rf"/pulls/{pull['number']}$", method="PATCH")

    shop.write("tier-1", "web.yaml", FILES["web.yaml"])

    eventually(lambda: shop.pull(pull["number"])["state"] == "closed" and not orders(stage), "a closed pull request")
    assert len(shop.kim.comments(pull["number"], "tierkeeper[bot]")) == 1
