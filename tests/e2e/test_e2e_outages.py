"""The outside is away, full, slow or wrong about the time; afterwards everything is as if it had not been."""

import errno
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.stage import Process, Stage, eventually
from tests.e2e.backstage import awaited, cancel, delivery, idle, inbox, order, orders, send, shift
from tests.e2e.conftest import NewBot, NewStage
from tests.e2e.promised import await_all
from tests.e2e.shop import Shop, planted
from tests.postgres import Cluster

pytestmark = pytest.mark.slow

FILES = {"web.yaml": "image: web:v2\n"}
MORE = {"api.yaml": "image: api:v2\n"}
AWAY = 5.0
"""Seconds the database is away."""
OFF = 600
"""Seconds that GitHub's clock and ours differ."""
DISK = 160 * 2**20


@pytest.fixture(scope="module")
def own_stage(new_stage: NewStage) -> Stage:
    """Return a stage on which things may go wrong."""
    return new_stage()


@pytest.fixture
def fleet(own_stage: Stage, request: pytest.FixtureRequest) -> Iterator[Shop]:
    """Return a repository of the test's own there."""
    name = request.node.name.translate(str.maketrans("_[", "--", "]"))
    with planted(own_stage, f"{name}/config") as shop:
        yield shop
    cancel(own_stage)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return a small disk of its own; only root can have one."""
    place = tmp_path / "disk"
    place.mkdir()
    options = ("-t", "tmpfs", "-o", f"size={DISK}", "tierkeeper-test")
    made = subprocess.run(["mount", *options, place], capture_output=True, text=True, check=False)  # noqa: S603, S607 - our own words
    if made.returncode:
        pytest.skip(f"a small disk of its own takes the right to mount: {made.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)  # noqa: S603, S607 - likewise


def fill(place: Path) -> Path:
    """Write until nothing more fits; return what is to be removed."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (2**20, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError as full:
                assert full.errno == errno.ENOSPC
    return filler


def test_a_full_disk_loses_nothing(fleet: Shop, new_bot: NewBot, disk: Path) -> None:
    bot = new_bot(fleet.stage, STATE_DIR=str(disk), SWEEP_INTERVAL="1")
    bot.start()
    warm = fleet.merged("warm", {"warm.yaml": "1\n"})
    fleet.promoted(warm)
    eventually(lambda: idle(bot), "an idle bot")

    filler = fill(disk)
    source = fleet.merged("web: v2", FILES)
    refused = eventually(lambda: refusal(fleet, source), "a delivery that was refused")
    filler.unlink()

    await_all(fleet, {warm: {"warm.yaml": "1\n"}, source: FILES}, within=60)
    assert refused == 503
    assert bot.stop() == 0
    assert inbox(bot, "failed") == []


def refusal(shop: Shop, source: int) -> int | None:
    """Return the status that the delivery of a merge was refused with."""
    status = delivery(shop.stage, shop.id, "pull_request", "closed", source)["status_code"]
    return status if isinstance(status, int) and status >= 500 else None


def test_a_disk_that_fills_up_under_work_loses_nothing(fleet: Shop, new_bot: NewBot, disk: Path) -> None:
    bot = new_bot(fleet.stage, STATE_DIR=str(disk), SWEEP_INTERVAL="1")
    bot.start()
    source = fleet.propose("web: v2", FILES)
    fleet.judged(fleet.pull(source)["head"]["sha"], "success")
    order(fleet.stage, "delay", f"{fleet.name}/contents/", method="GET", seconds=1)

    with awaited_fault(fleet.stage):
        fleet.kim.merge(source, "squash")
    filler = fill(disk)
    eventually(lambda: "No space left" in bot.log.read_text() or "disk is full" in bot.log.read_text(), "a full disk")
    filler.unlink()

    await_all(fleet, {source: FILES}, within=60)
    assert bot.stop() == 0
    assert inbox(bot, "failed") == []


class awaited_fault:
    """Wait at the end of the block until the ordered faults have begun to happen."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, *_: object) -> None:
        """Wait."""
        eventually(lambda: not orders(self.stage), "the fault")


def test_a_database_that_goes_away_loses_nothing(fleet: Shop, new_bot: NewBot, cluster: Cluster) -> None:
    bot = new_bot(fleet.stage, DATABASE_URL=cluster.database(), SWEEP_INTERVAL="1")
    bot.start()
    source, second = fleet.propose("web: v2", FILES), fleet.propose("api: v2", MORE)
    fleet.kim.merge(source, "squash")
    fleet.promoted(source)
    payload = delivery(fleet.stage, fleet.id, "pull_request", "closed", source)["request"]["payload"]

    cluster.stop()
    try:
        fleet.kim.merge(second, "squash")
        answers = outage(fleet.stage, payload)
    finally:
        cluster.start()

    assert {status for status, _ in answers} == {503}
    assert max(took for _, took in answers) < 9  # GitHub waits ten seconds
    await_all(fleet, {source: FILES, second: MORE}, within=60)
    eventually(lambda: idle(bot), "an idle bot")
    assert bot.stop() == 0
    assert inbox(bot, "failed") == []


def outage(stage: Stage, payload: dict[str, object]) -> list[tuple[int, float]]:
    """Knock at the door for as long as the database is away; return each status and the seconds it took."""
    answers: list[tuple[int, float]] = []
    while sum(took for _, took in answers) < AWAY:
        answer = send(stage, payload)
        answers.append((answer.status_code, answer.elapsed.total_seconds()))
    return answers


@pytest.mark.parametrize("seconds", [OFF, -OFF])
def test_a_clock_ten_minutes_off_is_no_trouble(fleet: Shop, new_bot: NewBot, seconds: int) -> None:
    shift(fleet.stage, seconds)
    bot = new_bot(fleet.stage)
    bot.start()
    try:
        source = fleet.merged("web: v2", FILES)
        fleet.promoted(source)
    finally:
        shift(fleet.stage, -seconds)

    later = fleet.merged("api: v2", MORE)

    await_all(fleet, {source: FILES, later: MORE})


def test_a_secondary_limit_is_sat_out(fleet: Shop, new_bot: NewBot) -> None:
    bot = new_bot(fleet.stage)
    bot.start()
    source = fleet.propose("web: v2", FILES)
    fleet.judged(fleet.pull(source)["head"]["sha"], "success")
    order(fleet.stage, "secondary", rf"{fleet.name}/pulls$", method="POST", seconds=3)

    with awaited(fleet.stage, "promote.on_closed"):
        fleet.kim.merge(source, "squash")
        eventually(lambda: not orders(fleet.stage), "the limit")
        since = fleet.stage.calls()["mark"]

    waited = [call for call in fleet.stage.calls(since)["calls"] if call["endpoint"].startswith("POST ")]
    await_all(fleet, {source: FILES})
    assert waited
    (pull,) = fleet.promotions(source)
    assert pull["created_at"] > str(fleet.pull(source)["merged_at"])
