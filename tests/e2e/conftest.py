"""The stages that the end-to-end tests share."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from bot.demo.stage import Process, Stage, eventually
from tests.e2e import objections
from tests.e2e.backstage import handled, inbox
from tests.e2e.shop import Shop, planted

NewStage = Callable[[], Stage]
NewBot = Callable[..., Process]
SEEDED = 4
"""Pull requests that are open when a stage begins."""
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def new_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewStage]:
    """Return what builds a stage without a bot; all it says is recorded beside it, and judged in the end."""
    stages: list[Stage] = []

    def build() -> Stage:
        folder = tmp_path_factory.mktemp("stage")
        stages.append(Stage.build(folder, "--record", str(folder / "exchanges.jsonl")))
        return stages[-1]

    yield build
    for stage in stages:
        stage.sandbox.stop()
    assert [log for stage in stages if "Traceback" in (log := stage.sandbox.log.read_text())] == []
    assert [wrong for stage in stages for wrong in objections.of_stage(stage.folder)] == []


@pytest.fixture(scope="session")
def stage(new_stage: NewStage) -> Stage:
    """Return a stage for tests that leave the bot in peace."""
    return new_stage()


@pytest.fixture(scope="session")
def bot(stage: Stage) -> Iterator[Process]:
    """Return the bot on the shared stage, which looks around once: a sweep in the midst of a test is another test's."""
    process = stage.bot(SWEEP_INTERVAL=str(24 * 3600))
    process.start()
    eventually(lambda: handled(stage, "check.on_head") >= SEEDED, "a word on the pull requests that were there before")
    yield process
    assert process.stop() == 0
    assert inbox(process, "failed") == [], stage.sandbox.log.read_text()


@pytest.fixture
def shop(stage: Stage, bot: Process) -> Iterator[Shop]:  # noqa: ARG001 - it has to run
    """Return a repository of the test's own on the shared stage."""
    with planted(stage, f"shop-{next(_numbers)}/config") as shop:
        yield shop


@pytest.fixture
def new_bot() -> Iterator[NewBot]:
    """Return what makes a bot for a stage, not yet started; none outlives its test."""
    bots: list[Process] = []

    def build(stage: Stage, *, port: int | None = None, name: str = "bot", **settings: str) -> Process:
        bots.append(stage.bot(port=port, name=name, **settings))
        return bots[-1]

    yield build
    for each in bots:
        each.kill()
