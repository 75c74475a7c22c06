"""What Landlock is told to take away, and to give back, in the words of `launcher`.

https://docs.kernel.org/userspace-api/landlock.html
"""

import struct
from pathlib import Path
from typing import Final

_EXECUTE, _READ_FILE, _READ_DIRECTORY = 1, 1 << 2, 1 << 3
_READ: Final = _READ_FILE | _READ_DIRECTORY
_WRITE: Final = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8
"""Write and remove files and directories, and make both; no devices, sockets, pipes or links."""

_FILES: Final = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
"""Rights to files, by the version since when they can be taken away."""
_TCP: Final = 0b11
"""To bind and to connect; version 4."""
_SCOPES: Final = 0b11
"""To reach abstract UNIX sockets, and to signal processes, outside; version 6."""
_SIZES: Final = {1: 8, 4: 16, 6: 24}
"""Bytes of `struct landlock_ruleset_attr`, by the version since when it is so long."""


def attributes(version: int) -> bytes:
    """Return the `struct landlock_ruleset_attr` that takes away all that this version of the interface can."""
    files = sum(rights for since, rights in _FILES.items() if version >= since)
    size = max(size for since, size in _SIZES.items() if version >= since)
    return struct.pack("=QQQ", files, _TCP, _SCOPES)[:size]


def to_run(*programs: Path) -> list[str]:
    """Return the rules that let programs be run; they also read themselves."""
    return [f"{_EXECUTE | _READ_FILE}={program}" for program in programs]


def to_read(*paths: Path) -> list[str]:
    """Return the rules that let files, and all in directories, be read; what is not there is left out."""
    return [f"{_READ if path.is_dir() else _READ_FILE}={path}" for path in paths if path.exists()]


def to_write(directory: Path) -> list[str]:
    """Return the rule that lets files be written in a directory."""
    return [f"{_READ | _WRITE}={directory}"]
