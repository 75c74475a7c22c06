"""The demo empties no folder but its own, and leaves no process behind."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.demo import stage
from bot.demo.stage import Stage

ROOT = Path(__file__).parents[1]


def demo(folder: Path) -> subprocess.CompletedProcess[str]:
    """Play the demo in a folder."""
    command = (sys.executable, "-m", "bot", "demo", "--once", "--folder", str(folder))
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 - our own program


@pytest.mark.slow
def test_a_folder_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("the only copy")

    done = demo(tmp_path)

    assert done.returncode == 2
    assert "holds what no demo made" in done.stdout
    assert (tmp_path / "thesis.txt").read_text() == "the only copy"


@pytest.mark.slow
def test_a_sandbox_that_does_not_come_up_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "STARTING", 0.1)

    with pytest.raises(TimeoutError):
        Stage.build(tmp_path)

    commands = [file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline") if file.parent.exists()]
    assert not [command for command in commands if str(tmp_path).encode() in command]


@pytest.mark.slow
def test_the_demo_plays_again_in_the_folder_it_made(tmp_path: Path) -> None:
    folder = tmp_path / "demo"

    first, second = demo(folder), demo(folder)

    assert (first.returncode, second.returncode) == (0, 0), second.stdout
