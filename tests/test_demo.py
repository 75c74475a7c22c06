"""The demo empties no folder but its own, and leaves no process behind."""

import fcntl
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from bot.demo import MARK, stage
from bot.demo.stage import Stage

ROOT = Path(__file__).parents[1]


def demo(folder: Path) -> subprocess.CompletedProcess[str]:
    """Play the demo in a folder."""
    command = (sys.executable, "-m", "bot", "demo", "--once", "--folder", str(folder))
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 - our own program


def started_in(folder: Path) -> list[str]:
    """Return the processes that were told of a folder, by their arguments or where their state is."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            found += [str(process)] if str(folder).encode() in told else []
    return found


@pytest.mark.slow
def test_a_folder_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("the only copy")

    done = demo(tmp_path)

    assert done.returncode == 2
    assert "holds what no demo made" in done.stdout
    assert (tmp_path / "thesis.txt").read_text() == "the only copy"


@pytest.mark.slow
def test_a_demo_that_plays_is_not_disturbed_by_another(tmp_path: Path) -> None:
    (tmp_path / MARK).touch()
    (tmp_path / "state").write_text("of the first")

    with (tmp_path / MARK).open("a") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        done = demo(tmp_path)

    assert done.returncode == 2
    assert f"A demo plays in {tmp_path}" in done.stdout
    assert (tmp_path / "state").exists()


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGHUP, signal.SIGTERM])
def test_a_demo_that_stays_starts_a_killed_bot_again_and_ends_with_all_it_started(
    tmp_path: Path, ending: signal.Signals
) -> None:
    command = (sys.executable, "-m", "bot", "demo", "--folder", str(tmp_path))
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as playing:  # noqa: S603 - our own program
        assert playing.stdout
        pids = (int(line.split()[-1]) for line in playing.stdout if "kill -9" in line)
        first = next(pids)
        os.kill(first, signal.SIGKILL)
        second = next(pids)

        playing.send_signal(ending)
        playing.stdout.read()

    assert second != first
    assert started_in(tmp_path) == []


@pytest.mark.slow
def test_a_sandbox_that_does_not_come_up_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "STARTING", 0.1)

    with pytest.raises(TimeoutError):
        Stage.build(tmp_path)

    assert started_in(tmp_path) == []


@pytest.mark.slow
def test_the_demo_plays_again_in_the_folder_it_made(tmp_path: Path) -> None:
    folder = tmp_path / "demo"

    first, second = demo(folder), demo(folder)

    assert (first.returncode, second.returncode) == (0, 0), second.stdout
