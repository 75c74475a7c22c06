"""What a caged program cannot reach; each snippet is also run free, where it can."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.model import Transient
from bot.edge.renderer import launcher
from bot.edge.renderer.cage import Cage, Job, Limits, Unable, Walls
from tests.edge.caged import FREE, HERE, Caged

SETS = {
    "all": HERE,
    "no namespaces": replace(HERE, namespaces=False),
    "an older Landlock": replace(HERE, landlock=min(HERE.landlock, 1)),
    "seccomp alone": Walls(seccomp=True, landlock=0, namespaces=False),
}
"""What machines have."""


@pytest.fixture(params=SETS)
def caged(request: pytest.FixtureRequest, tmp_path: Path) -> Caged:
    """Return a cage with the walls of one machine or another, over a directory with one file."""
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "file").write_text("content")
    return Caged(tmp_path / "tree", walls=SETS[request.param])


@pytest.fixture
def free(caged: Caged) -> Caged:
    """Return the same without any wall, to see that what is refused would else be done."""
    return replace(caged, walls=FREE)


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """Listen on a port of loopback, and on a UNIX socket."""
    with socket.create_server(("127.0.0.1", 0)) as inet, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(tmp_path / "socket"))
        unix.listen()
        yield inet.getsockname()[1], tmp_path / "socket"


CONNECT = """
import socket, sys
port, path = int(sys.argv[1]), sys.argv[2]
for family, address in ((socket.AF_INET, ("127.0.0.1", port)), (socket.AF_UNIX, path)):
    try:
        socket.socket(family).connect(address)
        print("connected")
    except PermissionError:
        print("refused")
"""


def test_nothing_listens_for_a_caged_program(caged: Caged, free: Caged, listener: tuple[int, Path]) -> None:
    assert free.python(CONNECT, *listener).out.split() == [b"connected", b"connected"]

    assert caged.python(CONNECT, *listener).out.split() == [b"refused", b"refused"]


FORK = """
import os, subprocess, threading
spawn = lambda: os.posix_spawn("/bin/true", ["true"], {})
for start in (os.fork, os.forkpty, spawn, lambda: subprocess.run(["/bin/true"])):
    try:
        if start() == 0:
            os._exit(0)
        print("started")
    except OSError:
        print("refused")
thread = threading.Thread(target=print, args=("threads run",))
thread.start()
thread.join()
"""


def test_a_caged_program_starts_no_other(caged: Caged, free: Caged) -> None:
    assert free.python(FORK).out.splitlines() == [*[b"started"] * 4, b"threads run"]

    assert caged.python(FORK).out.splitlines() == [*[b"refused"] * 4, b"threads run"]


WRITE = """
import os, sys
other = sys.argv[1]
for name, attempt in {
    "overwrite": lambda: open("file", "r+"),
    "append": lambda: open("file", "a"),
    "create": lambda: open("new", "w"),
    "create elsewhere": lambda: open(other, "w"),
    "truncate": lambda: os.truncate("file", 0),
    "unnamed": lambda: os.open(".", os.O_TMPFILE | os.O_RDWR),
    "mkdir": lambda: os.mkdir("folder"),
    "link": lambda: os.link("file", "other"),
    "symlink": lambda: os.symlink("file", "another"),
    "fifo": lambda: os.mkfifo("pipe"),
    "rename": lambda: os.rename("file", "renamed"),
    "chmod": lambda: os.chmod(".", 0o777),
    "times": lambda: os.utime("."),
    "attribute": lambda: os.setxattr(".", "user.x", b""),
    "remove": lambda: os.unlink("renamed"),
}.items():
    try:
        attempt()
        print("done:", name)
    except OSError:
        pass
"""


def test_a_caged_program_changes_no_file(caged: Caged, free: Caged, tmp_path: Path) -> None:
    done = caged.python(WRITE, tmp_path / "elsewhere")

    assert (done.status, done.out) == (0, b"")
    assert [path.name for path in caged.root.iterdir()] == ["file"]
    assert (caged.root / "file").read_text() == "content"
    assert not (tmp_path / "elsewhere").exists()
    assert free.python(WRITE, tmp_path / "elsewhere").out.count(b"done:") >= 14


READ = """
import os, sys
for path in ("file", *sys.argv[1:]):
    try:
        os.listdir(path) if os.path.isdir(path) else open(path).read()
        print("read")
    except PermissionError:
        print("refused")
"""


@pytest.mark.skipif(not HERE.landlock, reason="this kernel has no Landlock")
@pytest.mark.parametrize("version", [1, HERE.landlock])
def test_a_caged_program_reads_nothing_outside(tmp_path: Path, version: int) -> None:
    (tree := tmp_path / "tree").mkdir()
    (tree / "file").touch()
    (tmp_path / "secret").write_text("a token")
    (tree / "link").symlink_to(tmp_path / "secret")
    outside = ("../secret", "link", "/etc/passwd", f"/proc/{os.getpid()}/environ", "/proc/self/status", "/", "..")
    caged = Caged(tree, walls=replace(HERE, landlock=version))

    assert caged.python(READ, *outside).out.split() == [b"read", *[b"refused"] * len(outside)]
    assert replace(caged, walls=FREE).python(READ, *outside).out.split() == [b"read"] * (len(outside) + 1)


EXEC = "import os, sys; os.execv('/bin/sh', ['sh', '-c', 'echo I am another'])"


@pytest.mark.skipif(not HERE.landlock, reason="this kernel has no Landlock")
def test_a_caged_program_becomes_no_other(tmp_path: Path) -> None:
    caged = Caged(tmp_path)

    done = caged.python(EXEC)

    assert b"PermissionError" in done.err
    assert b"another" not in done.out
    assert replace(caged, walls=FREE).python(EXEC).out == b"I am another\n"


def test_a_caged_program_learns_nothing_of_our_environment(
    caged: Caged, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TOKEN", "s3cret")
    inherited = os.open(tmp_path, os.O_RDONLY)
    os.set_inheritable(inherited, True)  # noqa: FBT003  (the standard library's signature)

    done = caged.python(
        "import os, sys; print(dict(os.environ), sys.stdin.read(), os.fstat(int(sys.argv[1])))", inherited
    )
    said = caged.python("import os, sys; print(sorted(os.environ), repr(sys.stdin.read()))").out

    os.close(inherited)
    assert b"Bad file descriptor" in done.err
    assert b"TOKEN" not in said
    assert said.endswith(b" ''\n")


STATUS = """
wanted = ("CapPrm", "CapEff", "NoNewPrivs", "Seccomp")
print([line.split()[1] for line in open("/proc/self/status") if line.partition(":")[0] in wanted])
"""


def test_root_is_not_root_in_the_cage(caged: Caged) -> None:
    done = replace(caged, readable=(Path("/proc"),)).python(STATUS)

    assert done.out.decode().strip() == str(["0" * 16, "0" * 16, "1", "2"])


SIGNALS = """
import os, resource, signal, sys
bot = int(sys.argv[1])
for attempt in (
    lambda: os.kill(bot, 0),
    lambda: os.killpg(os.getpgid(bot), 0),
    lambda: signal.pidfd_send_signal(os.pidfd_open(bot), 0),
    lambda: resource.prlimit(bot, resource.RLIMIT_NOFILE, (64, 64)),
    lambda: os.setsid(),
    lambda: os.setpriority(os.PRIO_PROCESS, bot, 19),
    lambda: os.sched_setaffinity(bot, {0}),
):
    try:
        attempt()
        print("done")
    except OSError:
        print("refused")
"""


def test_a_caged_program_leaves_the_bot_alone(caged: Caged) -> None:
    assert caged.python(SIGNALS, os.getpid()).out.split() == [b"refused"] * 7


CALLS = """
import ctypes, errno, sys
libc = ctypes.CDLL(None, use_errno=True)
for number in map(int, sys.argv[1:]):
    libc.syscall(ctypes.c_long(number), *[ctypes.c_long(-1)] * 6)
    print(number, errno.errorcode[ctypes.get_errno()])
"""

DANGEROUS = {
    "socketpair": 53, "ptrace": 101, "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "keyctl": 250,
    "add_key": 248, "request_key": 249, "perf_event_open": 298, "userfaultfd": 323, "process_vm_readv": 310,
    "process_vm_writev": 311, "setns": 308, "unshare": 272, "memfd_create": 319, "bpf": 321, "execveat": 322,
    "kexec_load": 246, "init_module": 175, "setuid": 105, "personality": 135, "shmget": 29, "msgget": 68, "mknod": 133,
    "open_by_handle_at": 304, "name_to_handle_at": 303, "quotactl": 179, "reboot": 169, "swapon": 167, "sendmsg": 46,
    "seccomp": 317, "prctl": 157, "mlockall": 151, "modify_ldt": 154, "iopl": 172, "fchownat": 260, "vmsplice": 278,
}  # fmt: skip
UNHEARD_OF = {
    "clone3": 435, "io_uring_setup": 425, "io_uring_enter": 426, "openat2": 437, "pidfd_getfd": 438, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "landlock_create_ruleset": 444, "memfd_secret": 447, "mount_setattr": 442,
    "of the future": 999, "of x32": 0x40000000 + 41,
}  # fmt: skip


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="these are x86-64's numbers")
def test_what_renderers_do_not_need_is_not_to_be_had(caged: Caged) -> None:
    numbers = (*DANGEROUS.values(), *UNHEARD_OF.values())

    said = dict(line.split() for line in caged.python(CALLS, *numbers).out.decode().splitlines())

    assert {name: said[str(number)] for name, number in DANGEROUS.items()} == dict.fromkeys(DANGEROUS, "EPERM")
    assert {name: said[str(number)] for name, number in UNHEARD_OF.items()} == dict.fromkeys(UNHEARD_OF, "ENOSYS")


def test_without_seccomp_nothing_runs(tmp_path: Path) -> None:
    caged = Cage(replace(HERE, seccomp=False), Limits())

    with pytest.raises(Unable, match="seccomp is missing"):
        caged.run(Job(("/bin/true",), tmp_path))


def test_without_landlock_nothing_runs_that_may_start_others(tmp_path: Path) -> None:
    caged = Cage(replace(HERE, landlock=0), Limits())

    with pytest.raises(Unable, match="Landlock is missing"):
        caged.run(Job(("/bin/true",), tmp_path, scratch=tmp_path))


def test_what_cannot_be_walled_in_is_not_run(tmp_path: Path) -> None:
    words = [str(os.getpid()), "", "", "", "ff" * 8, "--", "/bin/echo", "it ran"]

    done = subprocess.run(  # noqa: S603
        [sys.executable, "-I", "-S", launcher.__file__, *words], capture_output=True, check=False, cwd=tmp_path
    )

    assert done.returncode == launcher.UNABLE
    assert done.stdout == b""
    assert b"landlock_create_ruleset" in done.stderr
    with pytest.raises(Transient, match=r"a cage could not be put up: .*No such file"):
        Cage(HERE, Limits()).run(Job(("/no/such/program",), tmp_path))


def test_nothing_runs_for_a_bot_that_is_gone() -> None:
    words = ["1", "", "", "", "", "--", "/bin/echo", "it ran"]

    done = subprocess.run([sys.executable, "-I", "-S", launcher.__file__, *words], capture_output=True, check=False)  # noqa: S603

    assert done.returncode == launcher.UNABLE
    assert done.stdout == b""


FORBIDDEN = """
echo 0 > /proc/sys/user/max_user_namespaces && exec "$0" -c '
from bot.edge.renderer import cage
from tests.edge.caged import Caged
from pathlib import Path
import sys
print(cage.walls().namespaces, Caged(Path(sys.argv[1])).python("import os; os.fork()").status)
' "$1"
"""


def test_a_container_may_forbid_namespaces(tmp_path: Path) -> None:
    inner = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", FORBIDDEN, sys.executable, str(tmp_path)]

    done = subprocess.run(inner, capture_output=True, check=False, cwd=Path(__file__).parents[2])  # noqa: S603

    if b"unshare" in done.stderr or b"max_user_namespaces" in done.stderr:
        pytest.skip("this machine forbids them itself")
    assert done.stdout.split() == [b"False", b"1"]
