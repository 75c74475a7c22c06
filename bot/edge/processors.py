"""How many processors this process may keep busy: in a container that is seldom what the machine has.

Rejected: os.cpu_count and psutil, which count the machine's; joblib's loky, a process pool of which this is one page.
Python 3.13's os.process_cpu_count knows the first half.
"""

import math
import os
from collections.abc import Iterator
from pathlib import Path

MEMBERSHIP = Path("/proc/self/cgroup")
HIERARCHY = Path("/sys/fs/cgroup")


def processors(membership: Path = MEMBERSHIP, hierarchy: Path = HIERARCHY) -> int:
    """Return how many there are to run on, or fewer where a control group has less of their time; at least 1.

    What a pod's `limits.cpu` becomes is read from version 2 of control groups, of this process's own and of those
    above it. https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files.
    """
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min([there, *_quotas(membership, hierarchy)])


def _quotas(membership: Path, hierarchy: Path) -> Iterator[int]:
    """Yield what each group allows, rounded up; a container may see no group but its own, as the root."""
    try:
        named = [line.partition("0::/")[2] for line in membership.read_text().splitlines() if line.startswith("0::/")]
    except OSError:
        return
    for name in named:
        own = hierarchy / name
        for group in (own, *own.parents):
            if group.is_relative_to(hierarchy):
                yield from _quota(group / "cpu.max")


def _quota(file: Path) -> Iterator[int]:
    try:
        share, period = file.read_text().split()
    except (OSError, ValueError):
        return
    if share.isdecimal() and period.isdecimal() and int(period):
        yield max(1, math.ceil(int(share) / int(period)))
