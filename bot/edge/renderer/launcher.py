"""Walls itself in and becomes a program: launcher.py PARENT NAMESPACES LIMITS FILTER LANDLOCK RULE... -- PROGRAM ARG...

This runs as a script with `python -I -S`, some 15 ms of processor time before each rendering, so it imports nothing
that takes long and nothing of ours. `cage` says what to do; where a wall cannot be put up, nothing is run.

PARENT is the process without which there is nothing to render for, NAMESPACES what unshare(2) takes, LIMITS are
`number=value,...` of setrlimit(2), FILTER is a seccomp program and LANDLOCK a `struct landlock_ruleset_attr`, both in
hexadecimal. Each RULE is `rights=path`. An empty word leaves a wall out; without a program there is only a trial.

https://man7.org/linux/man-pages/man2/seccomp.2.html https://docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import os
import resource
import sys

UNABLE = 120
"""The exit status where a wall could not be put up; the reason is on standard error."""

OWN_PID = b"\xee\xee\x1d\x0f"
"""Stands, in the filter, for the number of the process itself."""

_LANDLOCK_CREATE_RULESET = 444
_LANDLOCK_CREATE_RULESET_VERSION = 1
_LANDLOCK_ADD_RULE = 445
_LANDLOCK_RESTRICT_SELF = 446
_LANDLOCK_RULE_PATH_BENEATH = 1
_PR_SET_PDEATHSIG = 1
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2
_CAPABILITY_VERSION_3 = 0x20080522
_SIGKILL = 9

_libc = ctypes.CDLL(None, use_errno=True)


class Program(ctypes.Structure):
    """`struct sock_fprog` of linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def must(result: int, what: str) -> int:
    """Return what a call returned; OSError if that is -1."""
    if result == -1:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def syscall(number: int, *arguments: object) -> int:
    """Call the kernel; every number as wide as a register."""
    wide = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return int(_libc.syscall(ctypes.c_long(number), *wide))


def prctl(option: int, *arguments: object) -> int:
    """Ask for something about this process; the kernel wants unused arguments to be 0."""
    wide = [ctypes.c_ulong(one) if isinstance(one, int) else one for one in (*arguments, 0, 0, 0, 0)[:4]]
    return int(_libc.prctl(option, *wide))


def landlock_version() -> int:
    """Return which version of Landlock's interface the kernel has; 0 if none."""
    return max(0, syscall(_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_CREATE_RULESET_VERSION))


def die_first() -> None:
    """Ask the kernel to kill us, rather than the bot, should memory run out."""
    try:
        with open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123  (pathlib takes 10 ms to import)
            score.write("1000")
    except OSError:
        pass


def bound(limits: str) -> None:
    """Lower the limits; one that is lower already stays."""
    for number, value in (one.split("=") for one in limits.split(",")):
        hard = resource.getrlimit(int(number))[1]
        most = int(value) if hard == resource.RLIM_INFINITY else min(int(value), hard)
        resource.setrlimit(int(number), (most, most))


def confine(attributes: str, rules: list[str]) -> None:
    """Leave nothing of the file system but what the rules name."""
    wanted = bytes.fromhex(attributes)
    ruleset = must(syscall(_LANDLOCK_CREATE_RULESET, wanted, len(wanted), 0), "landlock_create_ruleset")
    for rule in rules:
        rights, path = rule.split("=", 1)
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        beneath = int(rights).to_bytes(8, sys.byteorder) + place.to_bytes(4, sys.byteorder)
        must(syscall(_LANDLOCK_ADD_RULE, ruleset, _LANDLOCK_RULE_PATH_BENEATH, beneath, 0), f"landlock_add_rule {path}")
        os.close(place)
    must(syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")
    os.close(ruleset)


def drop_capabilities() -> None:
    """Give up what root may do; with no_new_privs no program gets it back."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    must(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")


def die_with(parent: int) -> None:
    """Let the kernel kill us when our parent ends, even if it ended just before."""
    must(prctl(_PR_SET_PDEATHSIG, _SIGKILL), "prctl PR_SET_PDEATHSIG")
    if os.getppid() != parent:
        raise ProcessLookupError(f"process {parent}, for which this would run, is gone")


def sieve(program: str) -> None:
    """Let the kernel refuse the calls that the filter does not let through."""
    code = bytes.fromhex(program).replace(OWN_PID, os.getpid().to_bytes(4, sys.byteorder))
    wanted = Program(len(code) // 8, code)
    must(prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(wanted)), "prctl PR_SET_SECCOMP")


def main(words: list[str]) -> None:
    """Put up the walls, the one that allows least last, and become the program."""
    end = words.index("--")
    parent, namespaces, limits, program, landlock, *rules = words[:end]
    die_first()
    must(prctl(_PR_SET_NO_NEW_PRIVS, 1), "prctl PR_SET_NO_NEW_PRIVS")
    if namespaces:
        must(_libc.unshare(int(namespaces)), "unshare")
    if limits:
        bound(limits)
    if landlock:
        confine(landlock, rules)
    drop_capabilities()
    die_with(int(parent))
    os.closerange(3, 1 << 20)
    if program:
        sieve(program)
    if argv := words[end + 1 :]:
        os.execv(argv[0], argv)  # noqa: S606  (no shell is the point)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(UNABLE)
