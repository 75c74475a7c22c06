"""The outside is away, full, slow or wrong about the time; afterwards everything is as if it had not been."""

import errno
import resource
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http import HTTPStatus
from pathlib import Path

import pytest

from bot.demo.stage import Process, Stage, eventually
from tests.e2e.backstage import cancel, delivery, idle, inbox, order, orders, ours, send, shift
from tests.e2e.conftest import NewBot, NewStage
from tests.e2e.promised import await_all
from tests.e2e.shop import Shop, planted
from tests.postgres import Cluster

pytestmark = pytest.mark.slow

FILES = {"web.yaml": "image: web:v2\n"}
WARM = {"warm.yaml": "1\n"}
MORE = {"api.yaml": "image: api:v2\n"}
AWAY = 5.0
"""Seconds the database is away."""
OFF = 600
"""Seconds that GitHub's clock and ours differ."""
LIMIT = 3
"""Seconds that GitHub asks us to keep still."""
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


@contextmanager
def full(place: Path) -> Iterator[None]:
    """Let nothing more fit on a disk for as long as the block lasts."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (2**20, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError as problem:
                if problem.errno != errno.ENOSPC:
                    raise
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def forbidden_to_write(bot: Process) -> Iterator[None]:
    """Let every write of a process to a file fail for as long as the block lasts; anyone may do that to their own."""
    assert bot.child
    limits = resource.prlimit(bot.child.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(bot.child.pid, resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        yield
    finally:
        resource.prlimit(bot.child.pid, resource.RLIMIT_FSIZE, limits)


def lose_nothing(fleet: Shop, bot: Process, outage: Callable[[], AbstractContextManager[None]]) -> None:
    """Merge while the bot cannot write; what it refused meanwhile is carried afterwards."""
    bot.start()
    warm = fleet.merged("warm", WARM)
    fleet.promoted(warm)
    eventually(lambda: idle(bot), "an idle bot")

    with outage():
        source = fleet.merged("web: v2", FILES)
        refused = eventually(lambda: refusal(fleet, source), "a delivery that was refused")

    await_all(fleet, {warm: WARM, source: FILES}, within=60)
    assert refused == HTTPStatus.SERVICE_UNAVAILABLE
    assert bot.stop() == 0
    assert inbox(bot, "failed") == []


def test_a_process_that_cannot_write_loses_nothing(fleet: Shop, new_bot: NewBot) -> None:
    bot = new_bot(fleet.stage, SWEEP_INTERVAL="1")

    lose_nothing(fleet, bot, lambda: forbidden_to_write(bot))


def test_a_full_disk_loses_nothing(fleet: Shop, new_bot: NewBot, disk: Path) -> None:
    bot = new_bot(fleet.stage, STATE_DIR=str(disk), SWEEP_INTERVAL="1")

    lose_nothing(fleet, bot, lambda: full(disk))


def refusal(shop: Shop, source: int) -> int | None:
    """Return the status that the delivery of a merge was refused with."""
    status = delivery(shop.stage, shop.id, "pull_request", "closed", source)["status_code"]
    return status if isinstance(status, int) and status >= HTTPStatus.INTERNAL_SERVER_ERROR else None


def test_a_disk_that_fills_up_under_work_loses_nothing(fleet: Shop, new_bot: NewBot, disk: Path) -> None:
    bot = new_bot(fleet.stage, STATE_DIR=str(disk), SWEEP_INTERVAL="1")
    bot.start()
    source = fleet.propose("web: v2", FILES)
    fleet.judged(fleet.pull(source)["head"]["sha"], "success")
    order(fleet.stage, "delay", f"{fleet.name}/contents/", method="GET", seconds=1)

    fleet.kim.merge(source, "squash")
    eventually(lambda: not orders(fleet.stage), "work on the merge")
    with full(disk):
        eventually(lambda: complaints(bot) or None, "a complaint about the disk")

    await_all(fleet, {source: FILES}, within=60)
    assert bot.stop() == 0
    assert inbox(bot, "failed") == []


def complaints(bot: Process) -> list[str]:
    """Return what a bot's log says of a full disk."""
    words = ("No space left", "database or disk is full")
    return [line for line in bot.log.read_text().splitlines() if any(word in line for word in words)]


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

    assert {status for status, _ in answers} == {HTTPStatus.SERVICE_UNAVAILABLE}
    assert max(took for _, took in answers) < 9  # GitHub waits ten seconds
    await_all(fleet, {source: FILES, second: MORE}, within=60)
    eventually(lambda: idle(bot), "an idle bot")
    assert bot.stop() == 0
    assert inbox(bot, "failed") == []


def outage(stage: Stage, payload: dict[str, object]) -> list[tuple[int, float]]:
    """Knock at the door for as long as the database is away; return each status and the seconds it took."""
    answers: list[tuple[int, float]] = []
    end = time.monotonic() + AWAY
    while time.monotonic() < end:
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
    new_bot(fleet.stage).start()
    source = fleet.propose("web: v2", FILES)
    fleet.judged(fleet.pull(source)["head"]["sha"], "success")
    order(fleet.stage, "secondary", rf"{fleet.name}/pulls$", method="POST", seconds=LIMIT)
    fleet.kim.merge(source, "squash")
    eventually(lambda: not orders(fleet.stage), "the limit")
    limited, since = time.monotonic(), fleet.stage.calls()["mark"]

    eventually(lambda: ours(fleet.stage, fleet.name, since) or None, "the next call after the limit")

    assert time.monotonic() - limited > LIMIT - 0.5
    await_all(fleet, {source: FILES})
