"""What a caged program may ask of the kernel: a list of what renderers need, all else refused, as a seccomp program.

A list of what is forbidden would have to keep up with every kernel. Of calls from `UNIFIED` on we say that they do not
exist (ENOSYS), for then Go and C libraries take an older one; of the others, that they are not permitted (EPERM).
There is no socket, no ptrace, no mount, no bpf, no keyring, no io_uring and no other's memory on the list, and nothing
that changes a file's owner, mode or times.

https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

import errno
import functools
import os
import platform
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bot.edge.renderer.launcher import OWN_PID

Numbers = tuple[int | None, int | None]
"""A system call's number on x86-64, and on 64-bit ARM; None where it is not to be had."""

UNIFIED: Final = 424
"""From here on a call has the same number on every machine."""

_AUDIT_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_ALWAYS: Mapping[str, Numbers] = {
    # files, to read
    "read": (0, 63), "readv": (19, 65), "pread64": (17, 67), "write": (1, 64), "writev": (20, 66), "close": (3, 57),
    "lseek": (8, 62), "fstat": (5, 80), "newfstatat": (262, 79), "statx": (332, 291), "stat": (4, None),
    "lstat": (6, None), "access": (21, None), "faccessat": (269, 48), "faccessat2": (439, 439), "statfs": (137, 43),
    "fstatfs": (138, 44), "getdents64": (217, 61), "getcwd": (79, 17), "readlink": (89, None), "readlinkat": (267, 78),
    "chdir": (80, 49), "fchdir": (81, 50), "dup": (32, 23), "dup2": (33, None), "dup3": (292, 24), "umask": (95, 166),
    "fadvise64": (221, 223),
    # pipes, and waiting for them
    "pipe": (22, None), "pipe2": (293, 59), "eventfd2": (290, 19), "poll": (7, None), "ppoll": (271, 73),
    "select": (23, None), "pselect6": (270, 72), "epoll_create1": (291, 20), "epoll_ctl": (233, 21),
    "epoll_wait": (232, None), "epoll_pwait": (281, 22),
    # memory, threads, signals to itself
    "mmap": (9, 222), "munmap": (11, 215), "mremap": (25, 216), "mprotect": (10, 226), "madvise": (28, 233),
    "brk": (12, 214), "mincore": (27, 232), "membarrier": (324, 283), "futex": (202, 98), "set_robust_list": (273, 99),
    "rseq": (334, 293), "set_tid_address": (218, 96), "arch_prctl": (158, None), "gettid": (186, 178),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132),
    "sched_yield": (24, 124), "sched_getaffinity": (204, 123), "getcpu": (309, 168),
    # its own life; Landlock says which program execve may make of it
    "execve": (59, 221), "exit": (60, 93), "exit_group": (231, 94), "wait4": (61, 260), "waitid": (247, 95),
    # what time it is, who it is, what it may use
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "nanosleep": (35, 101),
    "gettimeofday": (96, 169), "time": (201, None), "getpid": (39, 172), "getppid": (110, 173), "getuid": (102, 174),
    "geteuid": (107, 175), "getgid": (104, 176), "getegid": (108, 177), "getgroups": (115, 158), "getpgrp": (111, None),
    "getrlimit": (97, 163), "getrusage": (98, 165), "uname": (63, 160), "sysinfo": (99, 179),
    "getrandom": (318, 278),
}  # fmt: skip

_WITH_SCRATCH: Mapping[str, Numbers] = {
    # what kustomize does around helm, in a directory of its own
    "mkdir": (83, None), "mkdirat": (258, 34), "unlink": (87, None), "unlinkat": (263, 35), "rmdir": (84, None),
    "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276), "ftruncate": (77, 46), "fsync": (74, 82),
    "flock": (73, 32), "open": (2, None), "openat": (257, 56),
}  # fmt: skip

_WRITING = os.O_ACCMODE | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CLONE_THREAD = 0x00010000
_CLONE_NEW_NAMESPACE = 0x7E020000
_SIGURG = 23
"""What Go interrupts its threads with; others ignore it."""
_TERMINAL = {"TCGETS": 0x5401, "TIOCGWINSZ": 0x5413, "FIOCLEX": 0x5451, "FIONBIO": 0x5421}
_DESCRIPTORS = {"F_DUPFD": 0, "F_GETFD": 1, "F_SETFD": 2, "F_GETFL": 3, "F_SETFL": 4, "F_DUPFD_CLOEXEC": 1030}
_LOCKS = {"F_GETLK": 5, "F_SETLK": 6, "F_SETLKW": 7, "F_OFD_SETLK": 37, "F_OFD_SETLKW": 38}


@dataclass(frozen=True, slots=True)
class Condition:
    """A call that is let through when one of its arguments, masked, is one of some values."""

    numbers: Numbers
    argument: int
    """Counted from 0; its lower 32 bits are looked at, which are all the kernel takes of these."""
    values: tuple[int, ...]
    mask: int = 0xFFFFFFFF


_FCNTL = Condition((72, 25), 1, (*_DESCRIPTORS.values(), *_LOCKS.values()))
_IOCTL = Condition((16, 29), 1, tuple(_TERMINAL.values()))
_PRLIMIT = Condition((302, 261), 0, (0,))  # its own
_ALONE = (
    _FCNTL,
    _IOCTL,
    _PRLIMIT,
    Condition((2, None), 1, (os.O_RDONLY,), mask=_WRITING),  # open
    Condition((257, 56), 2, (os.O_RDONLY,), mask=_WRITING),  # openat
    Condition((56, 220), 0, (_CLONE_THREAD,), mask=_CLONE_THREAD | _CLONE_NEW_NAMESPACE),  # clone
    Condition((234, 131), 0, (int.from_bytes(OWN_PID, sys.byteorder),)),  # tgkill
)
_FAMILY = (
    _FCNTL,
    _IOCTL,
    _PRLIMIT,
    Condition((56, 220), 0, (0,), mask=_CLONE_NEW_NAMESPACE),  # clone
    Condition((234, 131), 2, (_SIGURG,)),  # tgkill, of whom we cannot tell
)

_LOAD, _AND, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_KILL = 0x80000000
_ALLOW = 0x7FFF0000
_ERROR = 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
"""Where `struct seccomp_data` holds them, in bytes."""


@functools.cache
def program(*, scratch: bool, machine: str = platform.machine()) -> bytes | None:
    """Return the filter; with `scratch`, files may be written and processes started. None for an unknown machine."""
    if machine not in _AUDIT_ARCHITECTURE:
        return None
    which = list(_AUDIT_ARCHITECTURE).index(machine)
    names = {**_ALWAYS, **_WITH_SCRATCH} if scratch else _ALWAYS
    return b"".join(
        (
            _step(_LOAD, _ARCHITECTURE),
            _step(_EQUAL, _AUDIT_ARCHITECTURE[machine], yes=1),
            _step(_RETURN, _KILL),
            _step(_LOAD, _NUMBER),
            *_let_through(numbers[which] for numbers in names.values()),
            *(step for one in (_FAMILY if scratch else _ALONE) for step in _on_condition(one, which)),
            _step(_AT_LEAST, UNIFIED, no=1),
            _step(_RETURN, _ERROR | errno.ENOSYS),
            _step(_RETURN, _ERROR | errno.EPERM),
        )
    )


def _let_through(numbers: Iterable[int | None]) -> Iterator[bytes]:
    for number in numbers:
        if number is not None:
            yield _step(_EQUAL, number, no=1)
            yield _step(_RETURN, _ALLOW)


def _on_condition(condition: Condition, which: int) -> Iterator[bytes]:
    number = condition.numbers[which]
    if number is None:
        return
    yield _step(_EQUAL, number, no=2 * len(condition.values) + 3)
    yield _step(_LOAD, _ARGUMENTS + 8 * condition.argument)
    yield _step(_AND, condition.mask)
    for value in condition.values:
        yield _step(_EQUAL, value, no=1)
        yield _step(_RETURN, _ALLOW)
    yield _step(_RETURN, _ERROR | errno.EPERM)


def _step(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    """Return a `struct sock_filter`: an operation, how many steps to skip if it holds or not, and its operand."""
    return struct.pack("=HBBI", code, yes, no, value)
