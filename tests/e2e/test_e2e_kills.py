"""`kill -9` at any moment, on either database, with one process or three: each merge is promoted exactly once."""

import random
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from bot.demo.stage import eventually, free_port
from tests.e2e.backstage import idle, inbox
from tests.e2e.balancer import balanced
from tests.e2e.conftest import NewBot, NewStage
from tests.e2e.shop import Shop, planted
from tests.e2e.storm import Storm
from tests.postgres import Cluster

pytestmark = pytest.mark.slow

SEED = 20261121


@pytest.fixture
def shops(new_stage: NewStage) -> Iterator[list[Shop]]:
    """Return three repositories on a stage of their own."""
    stage = new_stage()
    with ExitStack() as stack:
        yield [stack.enter_context(planted(stage, f"fleet-{number}/config")) for number in range(3)]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_bot_killed_again_and_again_promotes_each_merge_once(
    shops: list[Shop], new_bot: NewBot, database: str, request: pytest.FixtureRequest
) -> None:
    cluster: Cluster | None = request.getfixturevalue("cluster") if database == "postgresql" else None
    settings = {"DATABASE_URL": cluster.database()} if cluster else {}
    bot = new_bot(shops[0].stage, SWEEP_INTERVAL="2", **settings)
    storm = Storm(shops, random.Random(SEED))  # noqa: S311 - a storm to be had again
    merges, kills = (36, 12) if database == "sqlite" else (15, 5)

    storm.blow(bot, merges=merges, kills=kills)

    bot.start()
    storm.settle(within=60)
    eventually(lambda: idle(bot), "an idle bot")
    assert sum(map(len, storm.merged.values())) == merges
    assert bot.stop() == 0
    assert inbox(bot, "failed") == []
    assert storm.damage() == []


def test_three_replicas_of_which_one_is_killed_for_good(shops: list[Shop], new_bot: NewBot, cluster: Cluster) -> None:
    stage, url = shops[0].stage, cluster.database()
    replicas = [
        new_bot(stage, port=free_port(), name=f"replica-{n}", DATABASE_URL=url, SWEEP_INTERVAL="2") for n in range(3)
    ]
    storm = Storm(shops, random.Random(SEED))  # noqa: S311 - likewise
    ports = [int(replica.environment["PORT"]) for replica in replicas]
    with balanced(stage.bot_port, ports):
        for replica in replicas:
            replica.launch()
        for replica in replicas:
            replica.wait_until_ready()

        storm.blow(replicas[0], merges=18, kills=1)
        storm.settle(within=60)

        survivors = replicas[1:]
        eventually(lambda: all(map(idle, survivors)), "idle replicas")
        assert [replica.alive() for replica in replicas] == [False, True, True]
        assert [survivor.stop() for survivor in survivors] == [0, 0]
    assert inbox(replicas[1], "failed") == []
    assert storm.damage() == []
