"""One process and its children, watched to the end: how much it writes, how long it takes, what it takes together.

Limits of the kernel hold for each process by itself, and that on their number not at all for root; so we look at all of
its session a few times a second, and end it when together they take too much. Most are done before the first look.
"""

import contextlib
import errno
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, cast

from bot.core.model import Transient

_CHUNK: Final = 1 << 18
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_BLOCK: Final = 512
"""Bytes, in which stat(2) counts."""
_ERRORS: Final = 1 << 18
"""Bytes of standard error that are kept."""
_LOOK: Final = 0.5
"""Seconds between two looks at a group of processes."""
_BREATH: Final = 0.001
"""Seconds between two looks whether a process that closed its output has ended."""
_CROWDED: Final = frozenset((errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE))


class Exceeded(Exception):
    """A limit was reached, and the process ended for it; the sentence names the limit and its value."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a process ended."""

    status: int
    """Negative: the number of the signal that ended it."""
    out: bytes
    err: bytes
    cpu: float
    """Seconds of processor time, children included that were waited for."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a process may take before it is ended."""

    seconds: float
    output: int
    """Bytes; of standard error the first 256 KiB are kept and the rest is read and forgotten."""
    memory: int
    """Bytes of memory in use, of all its processes together."""
    tasks: int
    """Threads of all its processes together."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set by whoever wants it ended; Transient is raised then, within half a second."""
    scratch: Path | None = None
    """Where it may write."""
    written: int = 0
    """Bytes, of all files in there together."""
    files: int = 0
    """Files and directories in there."""


def run(argv: list[str], directory: Path, environment: Mapping[str, str], bounds: Bounds) -> Done:
    """Run a program in a session of its own, its standard input empty; raise Exceeded.

    Transient is raised where none can be started, or when it is to stop. However it ends, none of its group is left.
    """
    with _started(argv, directory, environment) as process:
        watch = _Watch(process, bounds, time.monotonic() + bounds.seconds)
        try:
            out, err = watch.read()
            cpu = watch.wait()
        finally:
            _end(process)
    return Done(process.returncode, out, err, cpu)


def _started(argv: list[str], directory: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a program; Transient where the machine has no room for one more."""
    try:
        return subprocess.Popen(  # noqa: S603  (an argv of ours)
            argv,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            bufsize=0,
        )
    except (OSError, MemoryError) as error:
        if isinstance(error, OSError) and error.errno not in _CROWDED:
            raise
        raise Transient(f"no process could be started to render with: {error}") from error


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the group, and reap its leader."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says so of a group of the dead
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@dataclass(frozen=True, slots=True)
class _Watch:
    """A process, what it may take, and until when."""

    process: subprocess.Popen[bytes]
    bounds: Bounds
    deadline: float

    def read(self) -> tuple[bytes, bytes]:
        """Return all that is written to standard output, and the beginning of what is to standard error."""
        out, err = bytearray(), bytearray()
        look = time.monotonic() + _LOOK
        with selectors.DefaultSelector() as selector:
            for pipe, kept in ((self.process.stdout, out), (self.process.stderr, err)):
                selector.register(cast("IO[bytes]", pipe), selectors.EVENT_READ, kept)
            while selector.get_map():
                for key, _ in selector.select(min(self.left(), _LOOK)):
                    chunk = os.read(key.fd, _CHUNK)
                    key.data.extend(chunk)
                    if not chunk:
                        selector.unregister(key.fileobj)
                del err[_ERRORS:]
                if len(out) > self.bounds.output:
                    raise Exceeded(f"wrote more than {self.bounds.output >> 20} MiB")
                if time.monotonic() >= look:
                    self.look()
                    look = time.monotonic() + _LOOK
        return bytes(out), bytes(err)

    def wait(self) -> float:
        """Wait for its end; return how many seconds of processor time it took."""
        look = time.monotonic() + _LOOK
        while True:
            if time.monotonic() >= look:
                self.look()
                look = time.monotonic() + _LOOK
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                self.process.returncode = os.waitstatus_to_exitcode(status)
                return usage.ru_utime + usage.ru_stime
            time.sleep(min(self.left(), _BREATH))

    def left(self) -> float:
        """Return how many seconds are left; raise Exceeded when none is."""
        if self.bounds.stop.is_set():
            raise Transient("the rendering was stopped before its end")
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise Exceeded(f"took longer than {self.bounds.seconds:g} seconds")
        return seconds

    def look(self) -> None:
        """Raise Exceeded when the group together takes too much."""
        tasks, memory = _census(self.process.pid)
        if tasks > self.bounds.tasks:
            raise Exceeded(f"ran more than {self.bounds.tasks} threads and processes at once")
        if memory > self.bounds.memory:
            raise Exceeded(f"took more than {self.bounds.memory >> 20} MiB of memory")
        if self.bounds.scratch:
            self.look_at_files(self.bounds.scratch)

    def look_at_files(self, scratch: Path) -> None:
        """Raise Exceeded when the files it wrote are too many, or too large together."""
        files = written = 0
        for size in _sizes(scratch):
            files, written = files + 1, written + size
            if files > self.bounds.files:
                raise Exceeded(f"wrote more than {self.bounds.files:,} files")
            if written > self.bounds.written:
                raise Exceeded(f"wrote more than {self.bounds.written >> 20} MiB of files")


def _census(session: int) -> tuple[int, int]:
    """Return how many threads a session has, and how many bytes of memory it uses; in a millisecond, of 100 processes.

    https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    """
    tasks = memory = 0
    for name in _processes():
        with contextlib.suppress(OSError):
            descriptor = os.open(f"/proc/{name}/stat", os.O_RDONLY)
            try:
                fields = os.read(descriptor, 1024).rpartition(b")")[2].split(None, 22)
            finally:
                os.close(descriptor)
            if fields and int(fields[3]) == session:
                tasks += int(fields[17])
                memory += int(fields[21]) * _PAGE
    return tasks, memory


def _sizes(directory: Path) -> Iterator[int]:
    """Yield how many bytes of a disk each file and directory takes, while they come and go."""
    left = [str(directory)]
    while left:
        with contextlib.suppress(OSError), os.scandir(left.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    yield entry.stat(follow_symlinks=False).st_blocks * _BLOCK
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)


def _processes() -> list[str]:
    """Return the numbers of all processes; none on a system that does not tell."""
    try:
        with os.scandir("/proc") as entries:
            return [entry.name for entry in entries if entry.name.isdecimal()]
    except OSError:
        return []
