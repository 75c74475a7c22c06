"""Runs a program on a stranger's files so that it can reach nothing else, on Linux.

The bot starts `launcher`, which walls itself in and becomes the program:

- **seccomp**: a list of the calls a renderer needs. No socket of any kind, no other process, nothing written. No other
  wall can stand in for this one (a network namespace leaves the machine's UNIX sockets), so without it nothing runs.
- **Landlock** (Linux 5.13): of the file system only the tree being rendered and the program itself can be read, only
  what is named can be executed. Without it only a renderer's own checks keep it in the tree, and what needs a scratch
  directory and other programs is refused.
- **namespaces** of its own for users, network and IPC, where an ordinary user may have them: a second wall, and root
  is not root there. A container usually forbids them.
- **limits** on processor time, memory, files; a deadline, and a cap on what is written (`watching`).
- no capabilities, no environment of ours, standard input empty, killed with its group, or when the bot dies.

Rejected: bubblewrap and nsjail, for they need user namespaces or root, which a container does not give, and bubblewrap
leaves the filter to us all the same; systemd-run, for it needs systemd; gVisor, for it needs namespaces, too, and is a
kernel to start for a tenth of a second's work; python-seccomp and pyseccomp, for they need libseccomp on the machine,
where the filter is 60 lines; the packages for Landlock, young or unreleased, for it is three calls; a function between
fork and exec, for the bot has threads; mount and PID namespaces, for Landlock and seccomp do their work without a fork.
"""

import os
import resource
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot.core.model import Transient
from bot.edge.renderer import landlock, launcher, syscalls, watching
from bot.edge.renderer.walls import LAUNCH, NAMESPACES, NO_LANDLOCK, Walls, no_seccomp, walls
from bot.edge.renderer.watching import Bounds, Done, Exceeded

__all__ = ["Bounds", "Cage", "Done", "Exceeded", "Job", "Limits", "Unable", "Walls", "walls"]

MIB: Final = 1 << 20

SYSTEM: Final = (Path("/usr/share/zoneinfo"), Path("/dev/null"))
"""What a chart's `dateInZone` looks up, and what Go gives a child process to read."""

_GO_CRASH: Final = 2
"""How a program in Go exits when its runtime gives up."""
_OUT_OF_MEMORY: Final = (b"out of memory", b"cannot allocate memory", b"failed to reserve", b"failed to allocate")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may take."""

    seconds: float = 60.0
    """By the clock."""
    cpu: int = 30
    """Seconds of processor time."""
    memory: int = 1024 * MIB
    """Bytes it may write to, and for a group also bytes in use together."""
    output: int = 64 * MIB
    """Bytes of standard output."""
    written: int = 64 * MIB
    """Bytes of each file in the scratch directory, which the kernel sees to, and of all together, which we do."""
    made: int = 4096
    """Files and directories in the scratch directory."""
    files: int = 256
    """Open at once."""
    tasks: int = 256
    """Threads, and processes, at once."""


@dataclass(frozen=True, slots=True)
class Job:
    """A program, and what it may touch."""

    argv: tuple[str, ...]
    """Its absolute path, and its arguments."""
    root: Path
    """Where it runs; it may read all below."""
    environment: Mapping[str, str] = field(default_factory=dict)
    programs: tuple[Path, ...] = ()
    """What else it may execute."""
    scratch: Path | None = None
    """Where it may write; without it, it may write nothing and start no process."""
    readable: tuple[Path, ...] = SYSTEM
    """What else it may read; what is not there is left out."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set by whoever wants it ended before its end."""


class Unable(Exception):
    """This machine cannot isolate a program; the sentence says what is missing."""


@dataclass(frozen=True, slots=True)
class Cage:
    """The walls to put up, and the limits."""

    walls: Walls
    limits: Limits
    trusting: bool = False
    """Whether to run, where walls are missing, without them."""

    def run(self, job: Job) -> Done:
        """Run a program to its end; raise Exceeded, Unable, or Transient."""
        if not self.trusting:
            self._insist(job)
        argv = [*LAUNCH, *self._plan(job), "--", *job.argv] if self.walls.seccomp else list(job.argv)
        done = watching.run(argv, job.root, job.environment, self._bounds(job))
        if done.status == launcher.UNABLE:
            raise Transient(f"a cage could not be put up: {done.err.decode(errors='replace').strip()}")
        if sentence := self._exceeded(done):
            raise Exceeded(sentence)
        return done

    def troubles(self) -> tuple[str, ...]:
        """Return a sentence for each wall that is missing and missed."""
        if not self.walls.seccomp:
            return (f"Renderers run without isolation: {no_seccomp()}" if self.trusting else no_seccomp(),)
        if not self.walls.landlock:
            return (f"{NO_LANDLOCK}; only a renderer's own checks keep it from files outside the repository",)
        return ()

    def _insist(self, job: Job) -> None:
        """Raise Unable if a wall is missing that must not be."""
        if not self.walls.seccomp:
            raise Unable(no_seccomp())
        if job.scratch and not self.walls.landlock:
            raise Unable(NO_LANDLOCK)

    def _exceeded(self, done: Done) -> str:
        """Return which of the kernel's limits a program ran into, if any."""
        limits = self.limits
        # Out of memory it would be SIGKILL, too; so the kernel's limit is a second above the one we measure by.
        if done.status == -signal.SIGKILL and done.cpu >= limits.cpu:
            return f"took more than {limits.cpu} seconds of processor time"
        if done.status == _GO_CRASH and any(said in done.err for said in _OUT_OF_MEMORY):
            return f"needed more than {limits.memory // MIB} MiB of memory"
        if done.status and b"too many open files" in done.err:
            return f"opened more than {limits.files} files at once"
        return ""

    def _bounds(self, job: Job) -> Bounds:
        limits = self.limits
        taken = (limits.seconds, limits.output, limits.memory, limits.tasks)
        return Bounds(*taken, job.stop, job.scratch, limits.written, limits.made)

    def _plan(self, job: Job) -> list[str]:
        """Return what the launcher is to do, in its words."""
        sieve = syscalls.program(scratch=bool(job.scratch))
        return [
            str(os.getpid()),
            str(NAMESPACES) if self.walls.namespaces else "",
            ",".join(f"{number}={value}" for number, value in self._limits(job).items()),
            sieve.hex() if sieve else "",
            landlock.attributes(self.walls.landlock).hex() if self.walls.landlock else "",
            *(self._rules(job) if self.walls.landlock else ()),
        ]

    def _rules(self, job: Job) -> list[str]:
        rules = landlock.to_run(Path(job.argv[0]), *job.programs) + landlock.to_read(job.root, *job.readable)
        return rules + landlock.to_write(job.scratch) if job.scratch else rules

    def _limits(self, job: Job) -> dict[int, int]:
        limits = self.limits
        numbers = {
            resource.RLIMIT_CPU: limits.cpu + 1,
            resource.RLIMIT_DATA: limits.memory,
            # Go reserves addresses by the gigabyte; this only bounds what RLIMIT_DATA does not count.
            resource.RLIMIT_AS: limits.memory + 4096 * MIB,
            resource.RLIMIT_FSIZE: limits.written if job.scratch else 0,
            resource.RLIMIT_NOFILE: limits.files,
            resource.RLIMIT_STACK: 8 * MIB,
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_MEMLOCK: 0,
        }
        # Outside a namespace of its own this would count all that our user runs.
        return {**numbers, resource.RLIMIT_NPROC: limits.tasks} if self.walls.namespaces else numbers
