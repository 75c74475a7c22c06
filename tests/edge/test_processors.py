"""How many processors there are for this process."""

import os
from pathlib import Path

import pytest

from bot.edge.processors import processors

HERE = len(os.sched_getaffinity(0))
GROUP = "kubepods/pod7/bot"


def group(tmp_path: Path, line: str = f"0::/{GROUP}\n", **limits: str) -> tuple[Path, Path]:
    """Make control groups with limits, `root`, `pod7` and `bot`, and a process in the innermost."""
    membership, hierarchy = tmp_path / "cgroup", tmp_path / "fs"
    membership.write_text(line)
    (hierarchy / GROUP).mkdir(parents=True)
    folders = {"root": hierarchy, "pod7": (hierarchy / GROUP).parent, "bot": hierarchy / GROUP}
    for name, limit in limits.items():
        (folders[name] / "cpu.max").write_text(limit)
    return membership, hierarchy


@pytest.mark.parametrize("limits", [{}, {"bot": "max 100000\n"}, {"bot": f"{(HERE + 3) * 100_000} 100000\n"}])
def test_without_a_limit_there_are_those_it_may_run_on(tmp_path: Path, limits: dict[str, str]) -> None:
    assert processors(*group(tmp_path, **limits)) == HERE


@pytest.mark.parametrize("limits", [{"bot": "50000 100000\n"}, {"pod7": "100000 100000\n", "bot": "max 100000\n"}])
def test_the_tightest_limit_counts_wherever_it_is(tmp_path: Path, limits: dict[str, str]) -> None:
    assert processors(*group(tmp_path, **limits)) == 1


@pytest.mark.parametrize("line", ["0::/\n", "1:cpu:/elsewhere\n0::/\n", "0::/not/seen/in/here\n"])
def test_a_container_sees_its_own_group_as_the_root(tmp_path: Path, line: str) -> None:
    assert processors(*group(tmp_path, line, root="20000 100000\n")) == 1


@pytest.mark.parametrize("limit", ["", "nonsense\n", "100000\n", "-1 100000\n", "100000 0\n"])
def test_what_is_no_limit_is_none(tmp_path: Path, limit: str) -> None:
    assert processors(*group(tmp_path, bot=limit)) == HERE


def test_a_machine_without_control_groups_has_what_it_has(tmp_path: Path) -> None:
    assert processors(tmp_path / "nothing", tmp_path) == HERE


def test_this_machine_has_some() -> None:
    assert 1 <= processors() <= HERE
