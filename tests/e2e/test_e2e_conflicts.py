"""A conflict cannot be merged by accident, and is settled by doing what the pull request says."""

from pathlib import Path
from typing import Any

import pytest

from bot.demo.stage import Process, Stage, eventually
from tests.e2e.backstage import awaited, inbox
from tests.e2e.clone import Clone
from tests.e2e.shop import RULES, Shop, blob, planted

pytestmark = pytest.mark.slow

OURS, THEIRS = "image: web:v2\n", "image: web:v9\n"
SETTLED = "image: web:v2-for-tier-1\n"


def conflict(shop: Shop) -> tuple[int, dict[str, Any]]:
    """Merge what does not fit tier-1; return the source's number and the draft."""
    shop.write("tier-1", "web.yaml", THEIRS)
    source = shop.merged("web: v2", {"web.yaml": OURS})
    shop.told(source, "draft with **conflicts**")
    (draft,) = shop.promotions(source)
    return source, draft


def test_a_conflict_becomes_a_draft_that_is_red(shop: Shop) -> None:
    source, draft = conflict(shop)

    assert draft["draft"]
    assert draft["title"] == "[conflict] [tier-1] web: v2"
    assert {label["name"] for label in draft["labels"]} == {"promotion", "tier/tier-1", "conflict"}
    lines = shop.text("web.yaml", draft["head"]["sha"]).splitlines()
    assert [line[:7] for line in lines if line[:1] in "<|=>"] == ["<<<<<<<", "|||||||", "=======", ">>>>>>>"]
    assert "Tierkeeper-Conflict: unresolved" in shop.commit(draft["head"]["sha"])["commit"]["message"]
    assert "| `web.yaml` | content |" in shop.pull(draft["number"])["body"]
    assert shop.judged(draft["head"]["sha"], "failure")["output"]["title"].startswith("Blocked: ")
    assert shop.row(source).startswith(f"#{draft['number']} is a draft with **conflicts**")


def test_the_printed_recipe_settles_it(shop: Shop, tmp_path: Path) -> None:
    source, draft = conflict(shop)
    clone = Clone.of(shop, tmp_path)
    tree = clone.folder.parent / f"promote-tier-1-{source}"

    clone.follow(draft["body"], edit=lambda: (tree / "web.yaml").write_text(SETTLED))

    tip = shop.tip(draft["head"]["ref"])
    assert shop.judged(tip, "success")["output"]["title"] == "May enter tier-1"
    assert shop.tree(tip) == shop.tree("tier-1") | {"web.yaml": blob(SETTLED)}
    assert clone.git("status", "--porcelain") == ""
    assert not tree.exists()


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_settled_conflict_travels_on(shop: Shop, method: str) -> None:
    source, draft = conflict(shop)
    message = "Settle\n\nTierkeeper-Conflict: resolved"
    shop.write(draft["head"]["ref"], "web.yaml", SETTLED, message=message)
    shop.judged(shop.tip(draft["head"]["ref"]), "success")
    shop.write("tier-2", "web.yaml", THEIRS)  # where tier-1 was, so that the settlement applies

    publish_and_merge(shop, draft["number"], method)

    pull = shop.promoted(source, "tier-2")
    assert shop.tree(pull["head"]["sha"])["web.yaml"] == blob(SETTLED)
    assert (pull["title"], pull["draft"]) == ("[tier-2] web: v2", False)
    assert {label["name"] for label in pull["labels"]} == {"promotion", "tier/tier-2"}
    assert "Tierkeeper-Conflict" not in shop.commit(pull["head"]["sha"])["commit"]["message"]
    assert shop.judged(pull["head"]["sha"], "success")["output"]["title"] == "May enter tier-2"


def publish_and_merge(shop: Shop, number: int, method: str) -> None:
    """Press *Ready for review*, which only GitHub's pages and GraphQL can, then *Merge*."""
    page = f"{shop.stage.url}/{shop.name}/pull/{number}"
    shop.kim.api.cookies.set("acting_as", "kim")
    shop.kim.api.post(page, data={"do": "ready"}, headers={"Origin": shop.stage.url})
    eventually(lambda: not shop.pull(number)["draft"], "a pull request that is ready")
    shop.kim.merge(number, method)


def test_a_branch_reset_to_its_tier_settles_nothing(shop: Shop, stage: Stage, bot: Process) -> None:
    _, draft = conflict(shop)

    with awaited(stage, "settle.on_settled"):
        path = f"/git/refs/heads/{draft['head']['ref']}"
        shop.ask("PATCH", path, sha=shop.tip("tier-1"), force=True)

    assert shop.pull(draft["number"])["title"] == "[conflict] [tier-1] web: v2"
    assert [one for one in inbox(bot, "failed") if one["repository"] == shop.name] == []


def test_markers_that_are_gone_without_an_answer_stay_red(shop: Shop) -> None:
    _, draft = conflict(shop)

    shop.write(draft["head"]["ref"], "web.yaml", SETTLED, message="Just the markers")

    run = shop.judged(shop.tip(draft["head"]["ref"]), "failure")
    assert "Tierkeeper-Conflict" in run["output"]["summary"]


def test_an_answer_that_never_came_is_missed_however_many_commits_follow(shop: Shop, tmp_path: Path) -> None:
    _, draft = conflict(shop)
    clone = Clone.of(shop, tmp_path, "sam")
    clone.git("checkout", "--quiet", draft["head"]["ref"])
    clone.commit({"web.yaml": SETTLED}, "Just the markers")
    for number in range(251):
        clone.git("commit", "--quiet", "--allow-empty", "--message", f"Say that Tierkeeper-Conflict is {number}")

    clone.push(draft["head"]["ref"])

    run = shop.judged(shop.tip(draft["head"]["ref"]), "failure")
    assert "Tierkeeper-Conflict" in run["output"]["summary"]
    assert shop.pull(draft["number"])["title"].startswith("[conflict] ")


def test_what_is_red_for_a_tier_stays_red_when_a_lower_one_is_asked_too(shop: Shop, stage: Stage) -> None:
    shop.write("tier-0", "bad.yaml", "<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> x\n")
    shop.branch("hotfix")
    shop.write("hotfix", "web.yaml", SETTLED)
    shop.branch("same", at="hotfix")
    head = shop.tip("hotfix")
    high = shop.offer("Into tier-1", "hotfix", base="tier-1")
    shop.judged(head, "failure")

    with awaited(stage, "check.on_head"):
        low = shop.offer("Into tier-0", "same", base="tier-0")

    run = shop.judged(head, "failure")
    assert f"| `tier-0` (#{low}) | `conflict_markers` | ✅ allowed |" in run["output"]["summary"]
    assert f"| `tier-1` (#{high}) | `conflict_markers` | ❌ denied |" in run["output"]["summary"]
    shop.ask("PATCH", f"/pulls/{high}", state="closed")
    assert shop.judged(head, "success")["output"]["title"] == "May enter tier-0"


def test_a_source_that_claims_to_have_answered_stays_red(shop: Shop) -> None:
    shop.write("tier-1", "web.yaml", THEIRS)
    source = shop.propose("web: v2", {"web.yaml": OURS})
    path, claim = f"/repos/{shop.name}/pulls/{source}/merge", "Well.\n\nTierkeeper-Conflict: resolved"

    shop.kim.api.put(path, json={"merge_method": "squash", "commit_message": claim}).raise_for_status()

    shop.told(source, "draft with **conflicts**")
    (draft,) = shop.promotions(source)
    assert shop.judged(draft["head"]["sha"], "failure")


def test_a_tier_that_moves_out_of_the_way_ends_the_conflict(shop: Shop) -> None:
    _, draft = conflict(shop)

    shop.write("tier-1", "web.yaml", shop.text("web.yaml", "tier-2"))

    eventually(lambda: shop.pull(draft["number"])["title"] == "[tier-1] web: v2", "a pull request without conflict")
    assert shop.tree(draft["head"]["ref"])["web.yaml"] == blob(OURS)
    assert shop.judged(shop.tip(draft["head"]["ref"]), "success")


def test_a_persons_settlement_is_not_picked_anew(shop: Shop, stage: Stage) -> None:
    _, draft = conflict(shop)
    shop.write(draft["head"]["ref"], "web.yaml", "half done\n", message="Half way")
    theirs = shop.tip(draft["head"]["ref"])

    with awaited(stage, "refresh.on_moved"):
        shop.write("tier-1", "web.yaml", shop.text("web.yaml", "tier-2"))

    assert shop.tip(draft["head"]["ref"]) == theirs


def test_what_an_earlier_change_would_have_brought_is_named(shop: Shop) -> None:
    shop.write("tier-0", "web.yaml", "one\ntwo\nthree\n")
    first = shop.merged("web: four", {"web.yaml": "one\ntwo\nthree\nfour\n"})
    shop.told(first, "conflict")

    second = shop.merged("web: five", {"web.yaml": "one\ntwo\nthree\nfour\nfive\n"})

    shop.told(second, "conflict")
    (draft,) = shop.promotions(second)
    assert f"**Prerequisites**: #{first} touched the same files" in draft["body"]


def test_where_the_rules_want_a_comment_no_draft_is_opened(shop: Shop, stage: Stage) -> None:
    rules = f"{RULES}promotion:\n  conflicts: comment\n"
    with planted(stage, f"{shop.owner}/comments", rules=rules) as other:
        other.write("tier-1", "web.yaml", THEIRS)

        source = other.merged("web: v2", {"web.yaml": OURS})

        assert other.told(source, "conflict") == "**conflict**: to be promoted by hand"
        assert other.promotions(source) == []
        (said,) = [body for body in other.kim.comments(source, "tierkeeper[bot]") if "does not apply" in body]
        assert "| `web.yaml` | content |" in said
