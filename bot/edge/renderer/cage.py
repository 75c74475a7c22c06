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

Rejected: bubblewrap, nsjail and systemd-run, for they need user namespaces or root and a daemon, which a container does
not have, and are not there on PyPI; gVisor, for it needs the same and starts in a tenth of a second; python-seccomp
and pyseccomp, for they need libseccomp's shared library on the machine, where the filter is 60 lines; the packages for
Landlock, for it is three calls; mount and PID namespaces, for Landlock and seccomp do what they would, without a fork.
"""

import functools
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot.core.model import Transient
from bot.edge.renderer import launcher, syscalls, watching
from bot.edge.renderer.watching import Bounds, Done, Exceeded

__all__ = ["Bounds", "Cage", "Done", "Exceeded", "Job", "Limits", "Unable", "Walls", "walls"]

MIB: Final = 1 << 20

SYSTEM: Final = (Path("/usr/share/zoneinfo"), Path("/dev/null"))
"""What a chart's `dateInZone` looks up, and what Go gives a child process to read."""

_CLONE_NEWUSER, _CLONE_NEWIPC, _CLONE_NEWNET = 0x10000000, 0x08000000, 0x40000000
_NAMESPACES: Final = _CLONE_NEWUSER | _CLONE_NEWIPC | _CLONE_NEWNET
_GO_CRASH: Final = 2
"""How a program in Go exits when its runtime gives up."""
_OUT_OF_MEMORY: Final = (b"out of memory", b"cannot allocate memory", b"failed to reserve", b"failed to allocate")
_NO_LANDLOCK: Final = (
    "Landlock is missing (Linux has it from 5.13 on, if it is among the LSMs it was started with), without which no"
    " renderer may start another program, so `helmCharts` of kustomizations are not inflated"
)
_LAUNCH: Final = (sys.executable, "-I", "-S", launcher.__file__)

# https://docs.kernel.org/userspace-api/landlock.html
_EXECUTE, _READ_FILE, _READ_DIRECTORY, _REFER, _TRUNCATE, _IOCTL_DEVICE = 1, 1 << 2, 1 << 3, 1 << 13, 1 << 14, 1 << 15
_OF_A_FILE: Final = _EXECUTE | _READ_FILE
_READ: Final = _READ_FILE | _READ_DIRECTORY
_WRITE: Final = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8
"""Write and remove files and directories, make both; no devices, sockets, pipes or links."""
_ALL: Final = (1 << 13) - 1
_NET: Final = 0b11
_SCOPE: Final = 0b11


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
    """Bytes of each file in the scratch directory."""
    files: int = 256
    """Open at once."""
    tasks: int = 256
    """Threads, and processes, at once."""


@dataclass(frozen=True, slots=True)
class Walls:
    """What of all this a machine has."""

    seccomp: bool
    landlock: int
    """The version of its interface; 0 where there is none."""
    namespaces: bool


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
        argv = [*_LAUNCH, *self._plan(job), "--", *job.argv] if self.walls.seccomp else list(job.argv)
        done = watching.run(argv, job.root, job.environment, self._bounds())
        if done.status == launcher.UNABLE:
            raise Transient(f"a cage could not be put up: {done.err.decode(errors='replace').strip()}")
        if sentence := self._exceeded(done):
            raise Exceeded(sentence)
        return done

    def described(self) -> str:
        """Return which walls there are, for whoever runs us."""
        walls = self.walls
        names = {"seccomp": walls.seccomp, f"Landlock {walls.landlock}": walls.landlock, "namespaces": walls.namespaces}
        return ", ".join(name for name, there in names.items() if there) or "nothing"

    def troubles(self) -> tuple[str, ...]:
        """Return a sentence for each wall that is missing and missed."""
        if not self.walls.seccomp:
            return (f"Renderers run without isolation: {_no_seccomp()}" if self.trusting else _no_seccomp(),)
        if not self.walls.landlock:
            return (f"{_NO_LANDLOCK}; only a renderer's own checks keep it from files outside the repository",)
        return ()

    def _insist(self, job: Job) -> None:
        """Raise Unable if a wall is missing that must not be."""
        if not self.walls.seccomp:
            raise Unable(_no_seccomp())
        if job.scratch and not self.walls.landlock:
            raise Unable(_NO_LANDLOCK)

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

    def _bounds(self) -> Bounds:
        limits = self.limits
        return Bounds(limits.seconds, limits.output, limits.memory, limits.tasks)

    def _plan(self, job: Job) -> list[str]:
        """Return what the launcher is to do, in its words."""
        sieve = syscalls.program(scratch=bool(job.scratch))
        return [
            str(os.getpid()),
            str(_NAMESPACES) if self.walls.namespaces else "",
            ",".join(f"{number}={value}" for number, value in self._limits(job).items()),
            sieve.hex() if sieve else "",
            _attributes(self.walls.landlock).hex() if self.walls.landlock else "",
            *(_rules(job) if self.walls.landlock else ()),
        ]

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


@functools.cache
def walls() -> Walls:
    """Try each wall by itself, once."""
    if sys.platform != "linux":
        return Walls(seccomp=False, landlock=0, namespaces=False)
    version = launcher.syscall(444, None, 0, 1)  # landlock_create_ruleset, asked for the interface's version
    sieve = syscalls.program(scratch=False)
    return Walls(
        seccomp=sieve is not None and _tried(sieve=sieve.hex()),
        landlock=version if version > 0 and _tried(landlock=_attributes(version).hex()) else 0,
        namespaces=_tried(namespaces=str(_NAMESPACES)),
    )


def _tried(*, namespaces: str = "", sieve: str = "", landlock: str = "") -> bool:
    """Return whether the launcher can put up one wall."""
    argv = [*_LAUNCH, str(os.getpid()), namespaces, "", sieve, landlock, "--"]
    return watching.run(argv, Path("/"), {}, Bounds(30, MIB, 256 * MIB, 8)).status == 0


def _no_seccomp() -> str:
    machine = f"{platform.system()} on {platform.machine()}"
    return f"seccomp is missing ({machine}; Linux on x86-64 and 64-bit ARM has it), without which nothing is isolated"


def _attributes(version: int) -> bytes:
    """Return the `struct landlock_ruleset_attr` that takes away all this version of the interface can."""
    newer = ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEVICE))
    files = _ALL | sum(right for since, right in newer if version >= since)
    return struct.pack("=QQQ", files, _NET, _SCOPE)[: 24 if version >= 6 else 16 if version >= 4 else 8]  # noqa: PLR2004


def _rules(job: Job) -> list[str]:
    """Return what is given back: `rights=path`."""
    programs = (Path(job.argv[0]), *job.programs)
    found = [f"{_EXECUTE | _READ_FILE}={program}" for program in programs]
    found += [f"{_READ if path.is_dir() else _READ_FILE}={path}" for path in (job.root, *job.readable) if path.exists()]
    return [*found, f"{_READ | _WRITE}={job.scratch}"] if job.scratch else found
