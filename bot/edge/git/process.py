"""One git process: fixed argv, an environment of our choice, limits, and a deadline for it and all its children.

GitPython starts the process, but waiting for it is ours. Its `kill_after_timeout` needs pgrep, which slim images
lack, and can miss grandchildren such as git-remote-https; a session of its own lets us kill the whole group. Its
environment always starts from a copy of ours and cannot lose a variable, so env(1) drops the rest: an emptied
variable is not the same (GIT_SSL_NO_VERIFY counts when empty).
"""

import contextlib
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Protocol, cast

from git.cmd import Git
from git.exc import GitCommandError

from bot.core.model import Transient

GIB: Final = 1 << 30
_LIMITS = {
    resource.RLIMIT_AS: 8 * GIB,
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_CPU: 900,
    resource.RLIMIT_FSIZE: 4 * GIB,
}


Data = Callable[[], bytes]
"""What gets the data while git makes itself ready; if it raises, git is stopped."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a process ended."""

    status: int
    out: bytes
    err: str


class Running(Protocol):
    """The parts of a started process that we use; GitPython hands it out wrapped."""

    pid: int
    returncode: int | None
    stdin: IO[bytes]
    stdout: IO[bytes]
    stderr: IO[bytes]

    def communicate(self, data: bytes | None = None, timeout: float | None = None) -> tuple[bytes, bytes]:
        """Feed it, and return all it wrote."""

    def wait(self) -> int:
        """Wait until it ends; raises GitCommandError if that was not well."""

    def poll(self) -> int | None:
        """Return its status, or None while it runs."""


def run(
    directory: Path, environment: Mapping[str, str], argv: tuple[str, ...], timeout: float, data: bytes | Data
) -> Done:
    """Run git to its end; raise Transient `timeout` seconds after its data came, when it and its children are dead."""
    process = start(directory, environment, argv)
    try:
        out, err = process.communicate(data if isinstance(data, bytes) else data(), timeout)
    except subprocess.TimeoutExpired:
        raise Transient(f"git {argv[0]} took longer than {timeout:g} s") from None
    finally:
        stop(process)
    return Done(process.returncode or 0, out, err.decode(errors="replace"))


def start(directory: Path, environment: Mapping[str, str], argv: tuple[str, ...]) -> Running:
    """Start git, in a process group of its own, with pipes to talk to it."""
    drop = [part for name in os.environ if name not in environment for part in ("-u", name)]
    process = Git(directory).execute(
        ["env", *drop, "git", *argv],
        istream=subprocess.PIPE,
        as_process=True,
        shell=False,
        env=environment,
        start_new_session=True,
    )
    running = cast("Running", process)
    _limit(running.pid)
    return running


def stop(process: Running) -> None:
    """Kill a process and its children if they still run, and reap it."""
    kill(process)
    for pipe in (process.stdin, process.stdout, process.stderr):
        with contextlib.suppress(BrokenPipeError):
            pipe.close()
    with contextlib.suppress(GitCommandError):
        process.wait()


def kill(process: Running) -> None:
    """Kill a process that was not reaped, and its children, which may outlive it."""
    if process.returncode is None:  # else its number may be another's by now
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says so of a group of the dead
            os.killpg(process.pid, signal.SIGKILL)


def _limit(pid: int) -> None:
    """Bound memory, time and files; git's own children inherit it."""
    if sys.platform == "linux":
        with contextlib.suppress(ProcessLookupError):
            for kind, wanted in _LIMITS.items():
                inherited = resource.getrlimit(kind)[1]
                most = wanted if inherited == resource.RLIM_INFINITY else min(wanted, inherited)
                resource.prlimit(pid, kind, (most, most))
