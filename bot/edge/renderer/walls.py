"""Which walls this machine has: each is tried once, by putting it up around a process that does nothing else."""

import functools
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.edge.renderer import landlock, launcher, syscalls, watching

LAUNCH: Final = (sys.executable, "-I", "-S", launcher.__file__)
"""How the launcher is started."""

_CLONE_NEWUSER, _CLONE_NEWIPC, _CLONE_NEWNET = 0x10000000, 0x08000000, 0x40000000
NAMESPACES: Final = _CLONE_NEWUSER | _CLONE_NEWIPC | _CLONE_NEWNET

NO_LANDLOCK: Final = (
    "Landlock is missing (Linux has it from 5.13 on, if it is among the LSMs it was started with), without which no"
    " renderer may start another program, so `helmCharts` of kustomizations are not inflated"
)

_TRIAL: Final = watching.Bounds(seconds=30, output=1 << 20, memory=1 << 28, tasks=8)


@dataclass(frozen=True, slots=True)
class Walls:
    """What a machine has."""

    seccomp: bool
    landlock: int
    """The version of its interface; 0 where there is none."""
    namespaces: bool

    def described(self) -> str:
        """Return which there are, for whoever runs us: `seccomp, Landlock 7, namespaces`."""
        names = {"seccomp": self.seccomp, f"Landlock {self.landlock}": self.landlock, "namespaces": self.namespaces}
        return ", ".join(name for name, there in names.items() if there) or "nothing"


@functools.cache
def walls() -> Walls:
    """Try each wall by itself, once."""
    if sys.platform != "linux":
        return Walls(seccomp=False, landlock=0, namespaces=False)
    sieve = syscalls.program(scratch=False)
    version = launcher.landlock_version()
    return Walls(
        seccomp=sieve is not None and _tried(sieve=sieve.hex()),
        landlock=version if version and _tried(attributes=landlock.attributes(version).hex()) else 0,
        namespaces=_tried(namespaces=str(NAMESPACES)),
    )


def no_seccomp() -> str:
    """Say that this machine lacks what nothing can stand in for."""
    machine = f"{platform.system()} on {platform.machine()}"
    return f"seccomp is missing ({machine}; Linux on x86-64 and 64-bit ARM has it), without which nothing is isolated"


def _tried(*, namespaces: str = "", sieve: str = "", attributes: str = "") -> bool:
    """Return whether the launcher can put up one wall."""
    argv = [*LAUNCH, str(os.getpid()), namespaces, "", sieve, attributes, "--"]
    return watching.run(argv, Path("/"), {}, _TRIAL).status == 0
