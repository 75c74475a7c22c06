"""A directory for what lives no longer than this process, with a lock by which others see that we live."""

import contextlib
import fcntl
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Session:
    """The directory, locked as long as this process lives."""

    path: Path
    lock: IO[bytes]

    def scratch(self) -> Path:
        """Return a new, empty directory."""
        return Path(tempfile.mkdtemp(dir=self.path))

    def discard(self, directory: Path) -> None:
        """Remove a directory, first out of sight, so that a crash on the way leaves nothing that looks whole."""
        hidden = self.scratch() / directory.name
        with contextlib.suppress(FileNotFoundError):
            directory.rename(hidden)
        shutil.rmtree(hidden.parent, ignore_errors=True)

    def close(self) -> None:
        """Remove the directory."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.lock.close()


def open_session(directory: Path) -> Session:
    """Remove what processes that died left below a directory, and start a session there."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / _LOCK).open("wb") as everybody:
        fcntl.flock(everybody, fcntl.LOCK_EX)
        for left in directory.iterdir():
            if left.is_dir() and not _is_alive(left):
                shutil.rmtree(left, ignore_errors=True)
        path = Path(tempfile.mkdtemp(dir=directory))
        lock = (path / _LOCK).open("wb")
        fcntl.flock(lock, fcntl.LOCK_EX)
    return Session(path, lock)


def _is_alive(path: Path) -> bool:
    try:
        with (path / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False
