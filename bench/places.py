"""Where benches keep what they need for a while."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of our own is made in it
ROOM = 4 << 30


@contextmanager
def folder() -> Iterator[Path]:
    """Make a directory, in memory where there is room: nobody's figures then depend on the disk.

    That is kind to ways that write much, such as clones.
    """
    fits = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    with TemporaryDirectory(
        prefix="tierkeeper-bench-", dir=MEMORY if fits else None, ignore_cleanup_errors=True
    ) as name:
        yield Path(name)


def kind(place: Path) -> str:
    """Say what a place lies on."""
    return "a RAM disk" if MEMORY in place.parents else "disk"


@contextmanager
def disk() -> Iterator[Path]:
    """Make a directory on a real disk, where writing costs what it costs."""
    with TemporaryDirectory(prefix="tierkeeper-bench-", dir="/var/tmp", ignore_cleanup_errors=True) as name:
        yield Path(name)
