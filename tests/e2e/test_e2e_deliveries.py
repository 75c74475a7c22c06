"""Deliveries come twice, in any order, late or not at all; what they bring about is the same."""

from collections.abc import Iterator

import pytest

from bot.core import rules
from bot.demo.stage import Process, Stage, eventually
from tests.e2e.backstage import awaited, cancel, delivery, idle, inbox, order, redeliver, send
from tests.e2e.balancer import balanced
from tests.e2e.conftest import NewBot, NewStage
from tests.e2e.promised import Merges, await_all, broken
from tests.e2e.shop import RULES, Shop, planted

pytestmark = pytest.mark.slow

FILES = [{f"change-{number}.yaml": f"number: {number}\n"} for number in range(4)]


@pytest.fixture(scope="module")
def own_stage(new_stage: NewStage) -> Stage:
    """Return a stage whose bot sweeps all the time."""
    return new_stage()


@pytest.fixture
def fleet(own_stage: Stage, request: pytest.FixtureRequest) -> Iterator[Shop]:
    """Return a repository of the test's own there."""
    with planted(own_stage, f"{request.node.name.replace('_', '-')}/config") as shop:
        yield shop
    cancel(own_stage)


@pytest.fixture
def sweeper(fleet: Shop, new_bot: NewBot) -> Process:
    """Return a bot that sweeps every second, not yet started."""
    return new_bot(fleet.stage, SWEEP_INTERVAL="1")


def damage(shop: Shop, bot: Process, merges: Merges) -> list[str]:
    """Wait until all merges are promoted and the inbox is empty, then return each promise that is not kept."""
    await_all(shop, merges)
    eventually(lambda: idle(bot), "an idle bot")
    return broken(shop, merges)


def test_every_delivery_comes_twice(fleet: Shop, sweeper: Process) -> None:
    sweeper.start()
    order(fleet.stage, "duplicate-webhook", ".*", times=1_000_000)

    merges = {fleet.merged(f"Change {n}", files): files for n, files in enumerate(FILES)}

    assert damage(fleet, sweeper, merges) == []


def test_deliveries_overtake_each_other(fleet: Shop, sweeper: Process) -> None:
    sweeper.start()
    for late in range(6):
        order(fleet.stage, "delay-webhook", "^pull_request", seconds=(6 - late) * 0.4)

    merges = {fleet.merged(f"Change {n}", files): files for n, files in enumerate(FILES)}

    assert damage(fleet, sweeper, merges) == []


def test_what_github_knows_it_could_not_deliver_is_asked_back(fleet: Shop, sweeper: Process) -> None:
    sweeper.start()
    order(fleet.stage, "drop-webhook", r"^pull_request\.closed", times=len(FILES))

    merges = {fleet.merged(f"Change {n}", files): files for n, files in enumerate(FILES)}

    assert damage(fleet, sweeper, merges) == []


def test_what_somebody_took_and_lost_is_found_by_looking(fleet: Shop, sweeper: Process) -> None:
    with balanced(fleet.stage.bot_port, []):
        merges = {fleet.merged(f"Change {n}", files): files for n, files in enumerate(FILES)}
        fleet.stage.quiet()

    sweeper.start()

    assert damage(fleet, sweeper, merges) == []


def test_a_tier_that_moved_unheard_is_looked_at(fleet: Shop, sweeper: Process) -> None:
    sweeper.start()
    source = fleet.merged("Change 0", FILES[0])
    promoted = fleet.promoted(source)
    sweeper.stop()
    with balanced(fleet.stage.bot_port, []):
        fleet.write("tier-1", "change-0.yaml", FILES[0]["change-0.yaml"])
        fleet.stage.quiet()

    sweeper.start()

    fleet.told(source, "already there")
    assert fleet.pull(promoted["number"])["state"] == "closed"


def test_a_merge_at_the_top_that_nobody_heard_of_ends_the_chain(fleet: Shop, sweeper: Process) -> None:
    sweeper.start()
    source = fleet.merged("Change 0", FILES[0])
    fleet.kim.merge(fleet.promoted(source)["number"], "squash")
    last = fleet.promoted(source, "tier-2")["number"]
    sweeper.stop()
    with balanced(fleet.stage.bot_port, []):
        fleet.kim.merge(last, "squash")
        fleet.stage.quiet()

    sweeper.start()

    assert fleet.told(source, f"in, by #{last}", "tier-2")


def test_rules_mended_to_what_they_were_turn_what_they_broke_green(fleet: Shop, sweeper: Process) -> None:
    sweeper.start()
    number = fleet.propose("Change 0", FILES[0])
    head = fleet.pull(number)["head"]["sha"]
    known = f"sweep:{fleet.id}:{number}:synchronize:"
    eventually(lambda: any(one["delivery"].startswith(known) for one in inbox(sweeper, "done")), "a sweep")
    fleet.write("tier-0", rules.PATH, "version: 1\ntears: []\n")
    fleet.ask("PATCH", f"/pulls/{number}", title="Change nothing")
    fleet.judged(head, "failure")

    fleet.write("tier-0", rules.PATH, RULES)

    assert fleet.judged(head, "success")


def test_what_happened_while_the_bot_was_down_is_caught_up_with(fleet: Shop, sweeper: Process) -> None:
    merges = {fleet.merged(f"Change {n}", files): files for n, files in enumerate(FILES)}
    fleet.stage.quiet()

    sweeper.start()

    assert damage(fleet, sweeper, merges) == []


def test_a_repository_that_refuses_does_not_keep_the_sweep_from_others(fleet: Shop, sweeper: Process) -> None:
    order(fleet.stage, "status", r"/repos/acme/shop-config/pulls\?", method="GET", status=403, times=1_000)
    sweeper.start()
    order(fleet.stage, "drop-webhook", r"^pull_request\.closed", times=len(FILES))

    merges = {fleet.merged(f"Change {n}", files): files for n, files in enumerate(FILES)}

    assert damage(fleet, sweeper, merges) == []


def test_an_inbox_that_is_lost_with_its_disk_changes_nothing(fleet: Shop, new_bot: NewBot) -> None:
    first = new_bot(fleet.stage, name="first", SWEEP_INTERVAL="1")
    first.start()
    merges = {fleet.merged(f"Change {n}", files): files for n, files in enumerate(FILES)}
    assert damage(fleet, first, merges) == []
    first.kill()

    second = new_bot(fleet.stage, name="second", SWEEP_INTERVAL="1")
    second.start()

    with awaited(fleet.stage, "check.on_head"):
        redeliver(fleet.stage, delivery(fleet.stage, fleet.id, "pull_request", "closed"))
    assert damage(fleet, second, merges) == []


def test_a_merge_of_last_week_is_not_promoted_again(fleet: Shop, sweeper: Process) -> None:
    sweeper.start()
    source = fleet.merged("Change 0", FILES[0])
    first = fleet.promoted(source)
    fleet.kim.merge(first["number"], "squash")
    second = fleet.promoted(source, "tier-2")
    fleet.kim.merge(second["number"], "squash")
    said = fleet.told(source, f"in, by #{second['number']}", "tier-2")
    for tier in ("tier-1", "tier-2"):
        fleet.ask("DELETE", f"/git/refs/heads/promote/{tier}/{source}")
        fleet.write(tier, "change-0.yaml", "moved on\n")
    old = delivery(fleet.stage, fleet.id, "pull_request", "closed", source)["request"]["payload"]

    with awaited(fleet.stage, "promote.on_closed"):
        send(fleet.stage, old)

    assert fleet.branches("promote/") == []
    assert [len(fleet.promotions(source, tier)) for tier in ("tier-1", "tier-2")] == [1, 1]
    assert fleet.row(source, "tier-2") == said
    assert len(fleet.summaries(source)) == 1
