"""What people do stands: closed stays closed, their commits are never overwritten."""

import pytest

from bot.demo.stage import Stage, eventually
from tests.e2e.backstage import awaited, delivery, order, redeliver, send
from tests.e2e.shop import BOT, FILES, RULES, SUMMARY, TIERS, Shop, planted

pytestmark = pytest.mark.slow


def moved(shop: Shop, number: int) -> str:
    """Return what a promotion pull request was told."""
    return "\n".join(shop.kim.comments(number, BOT))


def test_a_promotion_that_a_person_closed_stays_closed(shop: Shop, stage: Stage) -> None:
    source = shop.merged("web: v2", {"web.yaml": "image: web:v2\n"})
    pull = shop.promoted(source)
    shop.ask("PATCH", f"/pulls/{pull['number']}", state="closed")
    shop.told(source, "was closed without merging")
    merge = delivery(stage, shop.id, "pull_request", "closed", source)

    redeliver(stage, merge)
    with awaited(stage, "promote.on_closed"):
        answer = send(stage, merge["request"]["payload"])

    assert answer.json() == {"status": "recorded"}
    assert [one["state"] for one in shop.promotions(source)] == ["closed"]
    assert shop.row(source) == f"#{pull['number']} was closed without merging; reopen it to go on"
    assert len(shop.summaries(source)) == 1


def test_a_branch_with_a_persons_commits_is_left_alone(shop: Shop) -> None:
    source = shop.propose("web: v2", {"web.yaml": "image: web:v2\n"})
    branch = f"promote/tier-1/{source}"
    shop.branch(branch, at="tier-1")
    shop.write(branch, "web.yaml", "image: mine\n")
    mine = shop.tip(branch)

    shop.kim.merge(source)

    assert f"branch `{branch}` holds commits by others" in shop.told(source, "**stopped**")
    assert shop.tip(branch) == mine
    assert shop.promotions(source) == []


def test_a_promotion_its_tier_caught_up_with_is_closed_with_the_reason(shop: Shop) -> None:
    source = shop.merged("web: v2", {"web.yaml": "image: web:v2\n"})
    pull = shop.promoted(source)

    shop.write("tier-1", "web.yaml", "image: web:v2\n")

    eventually(lambda: shop.pull(pull["number"])["state"] == "closed", "the end of a superfluous pull request")
    (said,) = shop.kim.comments(pull["number"], BOT)
    assert said.startswith("`tier-1` has moved and now holds all of this: merging it would change nothing. Closed.")
    assert shop.told(source, "already there").startswith("already there: to offer it to `tier-2` as well, ")
    shop.ask("POST", f"/issues/{source}/labels", labels=["on"])
    assert shop.promoted(source, "tier-2")
    assert shop.told(source, "already there")


def test_a_superfluous_promotion_with_a_persons_commit_is_left_to_people(shop: Shop) -> None:
    source = shop.merged("web: v2", {"web.yaml": "image: web:v2\n"})
    pull = shop.promoted(source)
    shop.write(pull["head"]["ref"], "web.yaml", "image: web:v3\n")

    shop.write("tier-1", "web.yaml", "image: web:v3\n")

    (said,) = eventually(lambda: shop.kim.comments(pull["number"], BOT) or None, "a word on the promotion")
    assert "closing it is left to you" in said
    assert shop.pull(pull["number"])["state"] == "open"


def test_a_promotion_that_conflicts_with_its_tier_now_is_told_so(shop: Shop) -> None:
    source = shop.merged("web: v2", {"web.yaml": "image: web:v2\n"})
    pull = shop.promoted(source)

    shop.write("tier-1", "web.yaml", "image: web:v9\n")

    (said,) = eventually(lambda: shop.kim.comments(pull["number"], BOT) or None, "a word on the promotion")
    assert "`tier-1` has moved, and 1 file of this now conflict with it." in said
    assert shop.pull(pull["number"])["state"] == "open"


def test_conflicts_that_a_person_settles_are_taken_back(shop: Shop) -> None:
    number = shop.promoted(shop.merged("web: v2", {"web.yaml": "image: web:v2\n"}))["number"]
    shop.write("tier-1", "web.yaml", "image: web:v9\n")
    eventually(lambda: "conflict with it" in moved(shop, number), "a word on the conflict")

    shop.write("tier-1", "web.yaml", FILES["web.yaml"])

    eventually(lambda: "merges again" in moved(shop, number), "a word on its end")


def test_a_tier_that_is_brought_up_by_hand_needs_no_promotion(shop: Shop) -> None:
    source = shop.merged("web: v2", {"web.yaml": "image: web:v2\n"})
    promotion = shop.promoted(source)
    later = shop.merged("web: v3", {"web.yaml": "image: web:v3\n"})
    shop.told(later, "conflicts")

    shop.ask("PATCH", "/git/refs/heads/tier-1", sha=shop.tip("tier-0"), force=True)

    shop.told(source, "already there")
    shop.told(later, "already there")
    assert shop.pull(promotion["number"])["state"] == "closed"


def test_what_was_taken_back_is_not_brought_again(shop: Shop) -> None:
    order(shop.stage, "drop-webhook", r"^pull_request\.closed", times=2)
    source = shop.merged("web: v2", {"web.yaml": "image: web:v2\n"})
    shop.merged("Revert web: v2", {"web.yaml": FILES["web.yaml"]})
    shop.ask("PATCH", "/git/refs/heads/tier-1", sha=shop.tip("tier-0"), force=True)

    shop.ask("POST", f"/issues/{source}/labels", labels=["released"])

    shop.told(source, "already there")
    assert shop.promotions(source) == []


def test_a_revert_of_what_is_not_there_yet_is_told_on_both(shop: Shop) -> None:
    promotion = shop.promoted(shop.merged("web: v2", {"web.yaml": "image: web:v2\n"}))["number"]

    revert = shop.merged("Revert web: v2", {"web.yaml": FILES["web.yaml"]})

    shop.told(revert, f"#{promotion} is open and earlier")
    eventually(lambda: f"#{revert} was merged into `tier-0` after this" in moved(shop, promotion), "a word of warning")


def test_a_promotion_that_is_reopened_is_open_again(shop: Shop) -> None:
    source = shop.merged("web: v2", {"web.yaml": "image: web:v2\n"})
    number = shop.promoted(source)["number"]
    shop.ask("PATCH", f"/pulls/{number}", state="closed")
    shop.told(source, "closed without merging")

    shop.ask("PATCH", f"/pulls/{number}", state="open")

    shop.told(source, f"#{number} is open")


def test_a_branch_in_the_way_is_named(shop: Shop) -> None:
    shop.branch("promote")

    source = shop.merged("web: v2", {"web.yaml": "image: web:v2\n"})

    shop.told(source, "a branch is in the way of promote/tier-1/")


def test_a_stranger_who_copies_our_marker_is_not_us(shop: Shop) -> None:
    source = shop.propose("web: v2", {"web.yaml": "image: web:v2\n"})
    theirs = f'{SUMMARY} [{{"tier":"tier-1","state":"in","pull":7,"note":""}}] -->'
    shop.ask("POST", f"/issues/{source}/comments", by=shop.sam, body=theirs)

    shop.kim.merge(source)

    shop.promoted(source)
    assert shop.kim.comments(source, "sam") == [theirs]
    assert len(shop.summaries(source)) == 1


def test_a_merge_above_the_lowest_tier_goes_on_from_there(shop: Shop) -> None:
    source = shop.merged("web: hotfix", {"web.yaml": "image: web:v2\n"}, base="tier-1")

    pull = shop.promoted(source, "tier-2")

    assert pull["title"] == "[tier-2] web: hotfix"
    assert shop.promotions(source, "tier-1") == []


def test_what_is_closed_unmerged_goes_nowhere(shop: Shop, stage: Stage) -> None:
    source = shop.propose("web: v2", {"web.yaml": "image: web:v2\n"})

    with awaited(stage, "promote.on_closed"):
        shop.ask("PATCH", f"/pulls/{source}", state="closed")

    assert shop.promotions(source) == []
    assert shop.summaries(source) == []


@pytest.mark.parametrize("base", ["scratch", "tier-1"])
def test_a_branch_with_a_promotions_name_stands_for_nothing(shop: Shop, base: str) -> None:
    source = shop.propose("web: v2", {"web.yaml": "image: web:v2\n"})
    branch = f"promote/tier-1/{source}"
    shop.branch("scratch")
    shop.branch(branch, at="tier-1")
    shop.write(branch, "junk.txt", "junk\n", by=shop.sam)
    shop.kim.merge(shop.offer("junk", branch, base=base), "squash")

    shop.kim.merge(source)

    assert f"branch `{branch}` holds commits by others" in shop.told(source, "**stopped**")
    assert shop.row(source, "tier-2") == "not yet"


@pytest.mark.parametrize("base", ["scratch", "tier-2"])
def test_a_promotion_that_a_person_merges_elsewhere_is_offered_again(shop: Shop, base: str) -> None:
    source = shop.merged("web: v2", {"web.yaml": "image: web:v2\n"})
    astray = shop.promoted(source)["number"]
    shop.branch("scratch", at="tier-1")
    shop.ask("PATCH", f"/pulls/{astray}", base=base)
    shop.told(source, f"#{astray} now asks to enter `{base}`")

    shop.kim.merge(astray, "squash")

    again = shop.promoted(source)
    assert again["number"] != astray
    assert shop.row(source, "tier-2") == "not yet"


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_promotion_made_and_settled_by_hand_goes_on(stage: Stage, method: str) -> None:
    with planted(stage, f"by-hand-{method}/config", rules=f"{RULES}promotion: {{conflicts: comment}}\n") as other:
        for tier in TIERS[1:]:
            other.write(tier, "web.yaml", "image: web:v9\n")
        source = other.merged("web: v2", {"web.yaml": "image: web:v2\n"})
        other.told(source, "to be promoted by hand")
        branch, picked = f"promote/tier-1/{source}", other.pull(source)["merge_commit_sha"]
        other.branch(branch, at="tier-1")
        message = f"web: v2\n\n(cherry picked from commit {picked})"
        other.write(branch, "web.yaml", "image: web:v2.9\n", message=message, by=other.sam)
        by_hand = other.offer("web: v2", branch, base="tier-1")

        other.kim.merge(by_hand, method)

        other.told(source, f"in, by #{by_hand}")
        assert other.promoted(source, "tier-2")["title"] == "[tier-2] web: v2"
