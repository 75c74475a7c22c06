"""The filter, on machines we are not on: run by an interpreter of ours, for what the kernel would do."""

import errno
import struct

import pytest

from bot.edge.renderer import launcher, syscalls

ALLOW, KILL = "allow", "kill"
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
THREAD = 0x50F00  # what Go gives clone for a thread
FORK = 17  # SIGCHLD
OWN = int.from_bytes(launcher.OWN_PID, "little")


def decide(program: bytes, architecture: int, number: int, arguments: tuple[int, ...]) -> str:
    """Return what a filter says of a call: `allow`, `kill`, or the name of an error."""
    data = struct.pack("<IIQ6Q", number, architecture, 0, *arguments, *[0] * (6 - len(arguments)))
    steps = list(struct.iter_unpack("<HBBI", program))
    register, at = 0, 0
    while True:
        code, yes, no, value = steps[at]
        at += 1
        match code:
            case 0x20:
                (register,) = struct.unpack_from("<I", data, value)
            case 0x54:
                register &= value
            case 0x15:
                at += yes if register == value else no
            case 0x35:
                at += yes if register >= value else no
            case _:
                return {0x7FFF0000: ALLOW, 0x80000000: KILL}.get(value) or errno.errorcode[value & 0xFFFF]


# Numbers from the kernel's tables: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h
CALLS = {
    "read": ((0, 63), (), ALLOW, ALLOW),
    "execve": ((59, 221), (), ALLOW, ALLOW),
    "openat to read": ((257, 56), (0, 0, 0o2000000), ALLOW, ALLOW),
    "openat to write": ((257, 56), (0, 0, 0o1), "EPERM", ALLOW),
    "openat to create": ((257, 56), (0, 0, 0o100), "EPERM", ALLOW),
    "mkdirat": ((258, 34), (), "EPERM", ALLOW),
    "unlinkat": ((263, 35), (), "EPERM", ALLOW),
    "a thread": ((56, 220), (THREAD,), ALLOW, ALLOW),
    "a process": ((56, 220), (FORK,), "EPERM", ALLOW),
    "a process in a namespace": ((56, 220), (0x10000000 | FORK,), "EPERM", "EPERM"),
    "a thread in a namespace": ((56, 220), (0x40000000 | THREAD,), "EPERM", "EPERM"),
    "a signal to itself": ((234, 131), (OWN, 7, 6), ALLOW, "EPERM"),
    "a signal to another": ((234, 131), (1, 1, 9), "EPERM", "EPERM"),
    "its own limit": ((302, 261), (0,), ALLOW, ALLOW),
    "another's limit": ((302, 261), (1,), "EPERM", "EPERM"),
    "to type on a terminal": ((16, 29), (0, 0x5412), "EPERM", "EPERM"),
    "signals for another": ((72, 25), (0, 8, 1), "EPERM", "EPERM"),
    "socket": ((41, 198), (2, 1), "EPERM", "EPERM"),
    "connect": ((42, 203), (), "EPERM", "EPERM"),
    "ptrace": ((101, 117), (), "EPERM", "EPERM"),
    "kill": ((62, 129), (), "EPERM", "EPERM"),
    "setsid": ((112, 157), (), "EPERM", "EPERM"),
    "unshare": ((272, 97), (), "EPERM", "EPERM"),
    "bpf": ((321, 280), (), "EPERM", "EPERM"),
    "clone3": ((435, 435), (), "ENOSYS", "ENOSYS"),
    "io_uring_setup": ((425, 425), (), "ENOSYS", "ENOSYS"),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("machine", ARCHITECTURE)
def test_every_machine_refuses_the_same(machine: str, call: str) -> None:
    numbers, arguments, alone, with_scratch = CALLS[call]
    number = numbers[list(ARCHITECTURE).index(machine)]

    for scratch, expected in ((False, alone), (True, with_scratch)):
        program = syscalls.program(scratch=scratch, machine=machine)
        assert program is not None
        assert decide(program, ARCHITECTURE[machine], number, arguments) == expected


@pytest.mark.parametrize("machine", ARCHITECTURE)
def test_calls_in_another_machine_s_manner_kill(machine: str) -> None:
    program = syscalls.program(scratch=False, machine=machine)

    assert program is not None
    assert decide(program, 0x40000003, 0, ()) == KILL  # 32-bit x86, where other calls have these numbers


def test_an_unknown_machine_has_no_filter() -> None:
    assert syscalls.program(scratch=False, machine="riscv64") is None
