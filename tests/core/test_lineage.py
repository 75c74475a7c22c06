"""Where a change has been, as commit messages tell it."""

import pytest

from bot.core.lineage import Hop, hops, missing, pull_of
from bot.core.model import Rules, Tier
from tests import build


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("Raise web (#12)\n", 12),
        ("Raise web (#12)\n\nSee (#3)\n", 12),
        ("Merge pull request #12 from acme/topic\n\nRaise web (#9)\n", 12),
        ("Merge pull request #13 from acme/promote/tier-1/12\n\n[tier-1] Raise web\n", 12),
        ("[tier-1] Raise web (#13)\n\nPromoted-From: acme/shop#12\n", 12),
        ("Raise web (#13)\n\nPromoted-From: acme/shop#999\nPromoted-From: acme/shop#12\n", 12),
        ("Raise web (#12)\n\nPromoted-From: acme/other#999\n", 12),
        ("Raise web\n\nPromoted-From: acme/shop#12\nPromoted-From: acme/other#999\n", 12),
        ("Raise web\n", None),
        ("(#12)\n", None),
    ],
)
def test_a_commit_tells_its_source_pull_request(message: str, number: int | None) -> None:
    assert pull_of(build.commit(message), "acme/shop") == number


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("Raise web (#12)\n\nPromoted-From: acme/shop#999\n", 12),
        ("Merge pull request #12 from acme/promote/tier-0/999\n", 12),
        ("Raise web\n\nPromoted-From: acme/shop#999\n", None),
    ],
)
def test_nothing_was_promoted_into_the_lowest_tier(message: str, number: int | None) -> None:
    assert pull_of(build.commit(message), "acme/shop", lowest=True) == number


def test_what_the_target_lacks_is_in_order_and_once() -> None:
    history = [build.commit(f"Change (#{number})\n") for number in (9, 10, 9, 11)] + [build.commit("By hand\n")]
    there = [build.commit("Change\n\nPromoted-From: acme/shop#10\n")]

    assert missing(build.promotion(), history, there) == (9, 11)


def test_what_a_source_claims_to_come_from_is_not_what_the_target_lacks() -> None:
    claimed = build.commit("Change (#9)\n\nPromoted-From: acme/shop#999\n")

    assert missing(build.promotion(), [claimed], []) == (9,)


def test_above_the_lowest_tier_the_source_is_what_its_promotion_names() -> None:
    ask = build.promotion(carrier=build.promotion_pull(), origin=build.TIERS[1], target=build.TIERS[2])
    promoted = build.commit("[tier-1] Change (#13)\n\nPromoted-From: acme/shop#9\n")

    assert missing(ask, [promoted], []) == (9,)


def test_a_change_merged_first_in_a_higher_tier_begins_there() -> None:
    ask = build.promotion(carrier=build.pull(base="tier-1"), origin=build.TIERS[1], target=build.TIERS[2])

    assert hops(ask, build.change(), build.commit()) == (Hop("tier-1", 12, build.sha(1)),)


def test_the_lowest_tier_has_none_below() -> None:
    message = f"Raise web\n\n(cherry picked from commit {build.sha(3)})\n"

    assert hops(build.promotion(), build.change(), build.commit(message)) == (Hop("tier-0", 12, build.sha(1)),)


def test_a_longer_chain_knows_its_commits() -> None:
    message = f"Raise web\n\n(cherry picked from commit {build.sha(3)})\n(cherry picked from commit {build.sha(4)})\n"
    tiers = (*build.TIERS, Tier("tier-3", "tier-3"))
    ask = build.promotion(
        rules=Rules(tiers), carrier=build.promotion_pull(14, tier="tier-2"), origin=tiers[2], target=tiers[3]
    )

    told = hops(ask, build.change(build.commit(number=5)), build.commit(message))

    assert told == (
        Hop("tier-0", 12, build.sha(3)),
        Hop("tier-1", None, build.sha(4)),
        Hop("tier-2", 14, build.sha(5)),
    )


def test_a_chain_with_fewer_picks_than_tiers_claims_none_of_them() -> None:
    message = f"Raise web\n\n(cherry picked from commit {build.sha(3)})\n"
    tiers = (*build.TIERS, Tier("tier-3", "tier-3"))
    carrier = build.promotion_pull(14, tier="tier-2")
    ask = build.promotion(rules=Rules(tiers), carrier=carrier, origin=tiers[2], target=tiers[3])

    told = hops(ask, build.change(build.commit(number=5)), build.commit(message))

    assert told == (Hop(None, 12, build.sha(3)), Hop("tier-2", 14, build.sha(5)))


def test_a_promotion_whose_message_was_rewritten_claims_nothing() -> None:
    ask = build.promotion(carrier=build.promotion_pull(), origin=build.TIERS[1], target=build.TIERS[2])

    assert hops(ask, build.change(), build.commit()) == (Hop("tier-1", 13, build.sha(1)),)
