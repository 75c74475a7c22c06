"""How much a caged program may take, and that nothing of it is left when it took more."""

import os
import select
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.model import Transient
from bot.edge.renderer.cage import Exceeded, Limits
from tests.edge.caged import Caged

MIB = 1 << 20
PATIENCE = 30.0
"""Seconds until what should have happened counts as not happening."""


@pytest.fixture
def caged(tmp_path: Path) -> Caged:
    """Return a cage in which nothing is written and no process started."""
    (tmp_path / "tree").mkdir()
    return Caged(tmp_path / "tree")


@pytest.fixture
def family(caged: Caged, tmp_path: Path) -> Caged:
    """Return a cage in which both may be, as kustomize needs it to call helm."""
    if not caged.walls.landlock:
        pytest.skip("this kernel has no Landlock")
    (tmp_path / "scratch").mkdir()
    return replace(caged, scratch=tmp_path / "scratch")


class Lifeline:
    """A named pipe: whoever holds its other end is alive."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def said(self) -> bytes:
        """Return what is written to it next; nothing once nobody holds it."""
        ready, _, _ = select.select([self.descriptor], [], [], PATIENCE)
        assert ready, "somebody holds the other end and says nothing"
        return os.read(self.descriptor, 100)


HOLD = """
import os, sys, time
line = os.open(sys.argv[1], os.O_WRONLY)
os.write(line, b"alive")
"""
SLEEP = "time.sleep(3600)\n"
SPIN = "while True: pass"


@pytest.mark.parametrize("snippet", [SLEEP, "os.close(1); os.close(2)\n" + SLEEP], ids=["silent", "closed"])
def test_what_never_ends_is_ended(caged: Caged, snippet: str) -> None:
    short = replace(caged, limits=Limits(seconds=0.5))

    with pytest.raises(Exceeded, match=r"took longer than 0\.5 seconds"):
        short.python("import os, time\n" + snippet)


def test_children_end_with_it(family: Caged, tmp_path: Path) -> None:
    lifeline = Lifeline(tmp_path / "scratch" / "line")
    snippet = HOLD + "if os.fork() == 0: os.close(1); os.close(2); " + SLEEP

    done = family.python(snippet, tmp_path / "scratch" / "line")

    assert done.status == 0
    assert lifeline.said() == b"alive"
    assert lifeline.said() == b""


def test_children_that_hold_its_output_end_at_the_deadline(family: Caged, tmp_path: Path) -> None:
    lifeline = Lifeline(tmp_path / "scratch" / "line")
    snippet = HOLD + "if os.fork() == 0: " + SLEEP

    with pytest.raises(Exceeded):
        replace(family, limits=Limits(seconds=1)).python(snippet, tmp_path / "scratch" / "line")

    assert lifeline.said() == b"alive"
    assert lifeline.said() == b""


BOT = """
import sys, threading
from pathlib import Path
from tests.edge.caged import Caged
root, scratch, snippet = sys.argv[1:]
caged = Caged(Path(root), Path(scratch))
threading.Thread(target=caged.python, args=(snippet, Path(scratch) / "line")).start()
"""


def test_it_ends_with_the_bot(family: Caged, tmp_path: Path) -> None:
    lifeline = Lifeline(tmp_path / "scratch" / "line")
    argv = [sys.executable, "-c", BOT, str(family.root), str(family.scratch), HOLD + SLEEP]

    with subprocess.Popen(argv, cwd=Path(__file__).parents[2]) as bot:  # noqa: S603
        assert lifeline.said() == b"alive"
        bot.kill()

    assert lifeline.said() == b""


def test_processor_time_is_bounded(caged: Caged) -> None:
    with pytest.raises(Exceeded, match="took more than 1 seconds of processor time"):
        replace(caged, limits=Limits(cpu=1)).python(SPIN)


def test_output_is_bounded(caged: Caged) -> None:
    with pytest.raises(Exceeded, match="wrote more than 1 MiB"):
        replace(caged, limits=Limits(output=MIB)).python("while True: print('x' * 100000)")


def test_of_complaints_the_beginning_is_kept(caged: Caged) -> None:
    done = caged.python("import sys; sys.stderr.write('first' + 'x' * 10_000_000)")

    assert done.status == 0
    assert done.err.startswith(b"first")
    assert len(done.err) == 1 << 18


def test_memory_is_bounded(caged: Caged) -> None:
    done = replace(caged, limits=Limits(memory=128 * MIB)).python("bytearray(1 << 30)")

    assert done.status == 1
    assert b"MemoryError" in done.err


SHARED = "import mmap\nshared = mmap.mmap(-1, 1 << 30)\nfor at in range(0, 1 << 30, 4096): shared[at] = 1\n"


def test_memory_that_no_limit_of_the_kernel_counts_is_bounded(caged: Caged) -> None:
    with pytest.raises(Exceeded, match="took more than 128 MiB of memory"):
        replace(caged, limits=Limits(memory=128 * MIB)).python(SHARED + SPIN)


def test_memory_of_all_together_is_bounded(family: Caged) -> None:
    snippet = "import os\nfor _ in range(3): os.fork()\nmine = b'x' * (60 << 20)\n" + SPIN

    with pytest.raises(Exceeded, match="took more than 128 MiB of memory"):
        replace(family, limits=Limits(memory=128 * MIB)).python(snippet)


BOMB = """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""


def test_a_fork_bomb_does_not_go_off(caged: Caged) -> None:
    with pytest.raises(Exceeded, match="processor time"):
        replace(caged, limits=Limits(cpu=1, tasks=2)).python(BOMB)


def test_a_fork_bomb_among_those_that_may_fork_is_put_out(family: Caged, tmp_path: Path) -> None:
    lifeline = Lifeline(tmp_path / "scratch" / "line")
    limits = Limits(seconds=10, tasks=32)

    # An ordinary user runs into the kernel's limit, and then into ours on time; root only into the one on tasks.
    with pytest.raises(Exceeded, match=r"more than 32 threads and processes|longer than 10 seconds"):
        replace(family, limits=limits).python(HOLD + BOMB, tmp_path / "scratch" / "line")

    assert lifeline.said() == b"alive"
    assert lifeline.said() == b""


def test_open_files_are_bounded(caged: Caged) -> None:
    snippet = "import os, sys\ntry:\n for _ in range(64): os.dup(0)\nexcept OSError: sys.exit('too many open files')"

    with pytest.raises(Exceeded, match="opened more than 64 files at once"):
        replace(caged, limits=Limits(files=64)).python(snippet)


def test_a_file_in_the_scratch_directory_is_bounded(family: Caged) -> None:
    snippet = "import sys; open(sys.argv[1], 'wb').write(bytes(2 << 20))"

    done = replace(family, limits=Limits(written=MIB)).python(snippet, f"{family.scratch}/big")

    assert b"File too large" in done.err


@pytest.mark.parametrize("closing", ["", "os.close(1); os.close(2)\n"], ids=["open", "closed"])
def test_files_in_the_scratch_directory_are_bounded_together(family: Caged, closing: str) -> None:
    snippet = "for n in range(9): open(f'{sys.argv[1]}/{n}', 'wb').write(bytes(1 << 19))\n" + SLEEP

    with pytest.raises(Exceeded, match="wrote more than 1 MiB of files"):
        replace(family, limits=Limits(seconds=20, written=MIB)).python(
            "import os, sys, time\n" + closing + snippet, family.scratch
        )


def test_the_number_of_files_in_the_scratch_directory_is_bounded(family: Caged) -> None:
    snippet = "import os, sys, time\nfor n in range(99): os.makedirs(f'{sys.argv[1]}/a/{n}')\n"

    with pytest.raises(Exceeded, match="wrote more than 64 files"):
        replace(family, limits=Limits(seconds=20, made=64)).python(snippet + SLEEP, family.scratch)


def test_a_program_with_a_scratch_directory_writes_nowhere_else(family: Caged, tmp_path: Path) -> None:
    snippet = (
        "import sys\nfor path in sys.argv[1:]:\n try: print(open(path, 'w').write('x'))\n except OSError: print(0)"
    )

    done = family.python(snippet, f"{family.scratch}/mine", f"{family.root}/theirs", tmp_path / "elsewhere")

    assert done.out.split() == [b"1", b"0", b"0"]


def test_a_machine_with_no_room_is_no_failure_of_the_tree(caged: Caged, monkeypatch: pytest.MonkeyPatch) -> None:
    def crowded(*_words: object, **_options: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", crowded)

    with pytest.raises(Transient, match="Resource temporarily unavailable"):
        caged.python("pass")
