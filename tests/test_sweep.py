"""What no event told of is found, put back once, and bounded."""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from gidgethub.sansio import Event

from bot.core import payloads
from bot.core.model import (
    AlreadyThere,
    Comment,
    Delivery,
    FailedDelivery,
    PullRequest,
    Refused,
    Repository,
    Transient,
    Unavailable,
)
from bot.core.words import summary
from bot.core.words.summary import Row
from bot.sweep import sweep
from tests import build
from tests.fakes import FakeGit, FakeGitHub, deliver, world


@dataclass
class Tray:
    """What a sweep put back, by delivery id."""

    deliveries: dict[str, Delivery] = field(default_factory=dict)

    async def put(self, delivery: Delivery) -> None:
        self.deliveries[delivery.id] = delivery

    @property
    def events(self) -> dict[str, Any]:
        return {key: json.loads(delivery.body) for key, delivery in self.deliveries.items()}

    def numbers(self, action: str) -> list[int]:
        return [event["number"] for event in self.events.values() if event.get("action") == action]

    def pushed(self) -> list[str]:
        return [json.loads(one.body)["ref"] for one in self.deliveries.values() if one.event == "push"]

    async def play(self, github: FakeGitHub, git: FakeGit | None = None) -> None:
        """Give each to the handlers, as the inbox would."""
        for key, delivery in self.deliveries.items():
            await deliver(Event(json.loads(delivery.body), event=delivery.event, delivery_id=key), github, git)


async def swept(github: FakeGitHub) -> Tray:
    """Return what one sweep puts back."""
    tray = Tray()
    await sweep(world(github), tray.put)
    return tray


async def test_a_merge_without_a_promotion_is_put_back() -> None:
    github = FakeGitHub(pulls={12: build.pull(), 11: build.pull(11)})

    tray = await swept(github)

    assert tray.numbers("closed") == [11, 12]
    [_, event] = tray.events.values()
    assert payloads.pull_request(event["pull_request"], installation=5) == build.pull()
    assert payloads.repository(event["repository"], installation=event["installation"]["id"]) == build.REPO


async def test_merges_are_put_back_in_the_order_they_were_made() -> None:
    late = build.pull(11, merged_at=build.NOW + timedelta(seconds=1))
    github = FakeGitHub(pulls={11: late, 12: build.pull()})

    tray = await swept(github)

    assert tray.numbers("closed") == [12, 11]


async def test_the_same_merge_is_put_back_under_the_same_id() -> None:
    github = FakeGitHub(pulls={12: build.pull()})

    first, second = await swept(github), await swept(github)

    assert list(first.events) == list(second.events)


async def test_other_rules_ask_again() -> None:
    github = FakeGitHub(pulls={12: build.pull()})
    before = await swept(github)

    github.rules = build.RULES_TEXT + "promotion: {sign_off: true}\n"
    after = await swept(github)

    assert not set(before.events) & set(after.events)


async def test_a_merge_whose_promotion_exists_is_left_alone() -> None:
    github = FakeGitHub(pulls={12: build.pull(), 13: build.promotion_pull(state="open", merged_at=None)})

    tray = await swept(github)

    assert tray.numbers("closed") == []


async def test_a_merged_promotion_without_the_next_is_put_back() -> None:
    github = FakeGitHub(pulls={12: build.pull(), 13: build.promotion_pull()})

    tray = await swept(github)

    assert tray.numbers("closed") == [13]


async def test_old_merges_and_those_at_the_top_are_left_alone() -> None:
    old: PullRequest = build.pull(11, merged_at=build.NOW - timedelta(days=4))
    github = FakeGitHub(pulls={11: old, 12: build.pull(base="tier-2")})

    tray = await swept(github)

    assert tray.events == {}


async def test_open_pull_requests_are_put_back_once_a_head() -> None:
    waiting = build.promotion_pull(state="open", merged_at=None)
    github = FakeGitHub(pulls={12: build.pull(), 13: waiting})

    tray = await swept(github)

    assert tray.numbers("synchronize") == [13]
    assert [delivery.split(":")[4] for delivery in tray.events] == [waiting.head_sha, github.tips["tier-1"]]


async def test_a_promotion_merged_at_the_top_is_put_back() -> None:
    done = {12: build.pull(), 13: build.promotion_pull(), 14: build.promotion_pull(14, tier="tier-2")}
    rows = [Row("tier-0", "in", 12), Row("tier-1", "in", 13), Row("tier-2", "open", 14)]
    github = FakeGitHub(pulls=done)
    github.comments[12] = [Comment(1, summary.render(rows, build.TIERS, build.place()))]

    tray = await swept(github)
    await tray.play(github)

    assert tray.numbers("closed") == [14]
    assert [row.state for row in summary.rows_of(github.comments[12][0].body, build.place())] == ["in", "in", "in"]


async def test_a_tier_that_moved_under_open_promotions_is_put_back_once_a_tip() -> None:
    waiting = build.promotion_pull(state="open", merged_at=None)
    github = FakeGitHub(pulls={12: build.pull(), 13: waiting})
    git = FakeGit(outcome=AlreadyThere(build.sha(3)))
    first, again = await swept(github), await swept(github)

    github.tips["tier-1"] = build.sha(4242)
    moved = await swept(github)
    await moved.play(github, git)

    assert first.pushed() == moved.pushed() == ["refs/heads/tier-1"]
    assert list(first.events) == list(again.events)
    assert len(set(moved.events) - set(first.events)) == 1
    assert github.pulls[13].state == "closed"


async def test_a_tier_without_open_promotions_or_without_a_branch_is_not_said_to_have_moved() -> None:
    other = build.pull(14, base="tier-1", state="open", merged_at=None)
    homeless = build.promotion_pull(15, tier="tier-2", state="open", merged_at=None)
    github = FakeGitHub(pulls={14: other, 15: homeless}, tips={"tier-1": build.sha(1)})

    tray = await swept(github)

    assert tray.pushed() == []


async def test_rules_mended_to_what_they_were_ask_again() -> None:
    github = FakeGitHub(pulls={20: build.pull(20, state="open", merged_at=None)})
    before = await swept(github)

    github.rules_changed_by = build.sha(8002)
    after = await swept(github)

    assert after.numbers("synchronize") == [20]
    assert not set(before.events) & set(after.events)


async def test_failed_deliveries_are_asked_back() -> None:
    lost = FailedDelivery(1, "guid-1", "pull_request", build.NOW - timedelta(hours=1))
    old = FailedDelivery(2, "guid-2", "pull_request", build.NOW - timedelta(days=4))
    github = FakeGitHub(failed=[lost, old])

    await swept(github)

    assert github.redelivered == ["guid-1"]


async def test_repositories_without_sound_rules_are_left_alone() -> None:
    for text in (None, "version: 2\n"):
        tray = await swept(FakeGitHub(rules=text, pulls={12: build.pull()}))

        assert tray.events == {}


@pytest.mark.parametrize("fault", [Refused("no"), Transient("no answer"), LookupError("a bug")])
async def test_one_that_fails_keeps_nothing_from_the_others(fault: Exception) -> None:
    busy = replace(build.REPO, id=9, full_name="busy/one", installation=4)

    class Failing(FakeGitHub):
        async def redeliver(self, delivery: FailedDelivery) -> None:
            if delivery.guid == "guid-1":
                raise fault
            await super().redeliver(delivery)

        async def rules_text(self, repo: Repository) -> str | None:
            if repo == busy:
                raise fault
            return await super().rules_text(repo)

    lost = [FailedDelivery(n, f"guid-{n}", "push", build.NOW - timedelta(hours=1)) for n in (1, 2)]
    github = Failing(pulls={12: build.pull()}, failed=lost, covered=[busy, build.REPO])

    tray = await swept(github)

    assert github.redelivered == ["guid-2"]
    assert tray.numbers("closed") == [12]


@pytest.mark.parametrize("fault", [Refused("no"), Transient("no answer"), LookupError("a bug")])
async def test_repositories_are_swept_where_deliveries_cannot_be_listed(fault: Exception) -> None:
    class Silent(FakeGitHub):
        async def failed_deliveries(self, *, since: datetime) -> tuple[FailedDelivery, ...]:
            raise fault

    tray = await swept(Silent(pulls={12: build.pull()}))

    assert tray.numbers("closed") == [12]


async def test_a_sweep_ends_where_nothing_can_be_put_back() -> None:
    asked: list[str] = []

    async def full(delivery: Delivery) -> None:
        asked.append(delivery.id)
        raise Unavailable("the disk is full")

    with pytest.raises(Unavailable):
        await sweep(world(FakeGitHub(pulls={12: build.pull()}, covered=[build.REPO] * 2)), full)

    assert len(asked) == 1


async def test_nothing_is_asked_back_that_github_may_be_about_to_forget() -> None:
    late = FailedDelivery(1, "guid-1", "push", build.NOW - timedelta(days=3) + timedelta(minutes=30))
    github = FakeGitHub(failed=[late])

    await swept(github)

    assert github.redelivered == []
