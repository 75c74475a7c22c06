"""A mirror's life on disk: cloned, refreshed, measured."""

from pathlib import Path

from bot.core.model import Refused, Sha
from bot.edge.git import environment, failures, names, process
from bot.edge.git.environment import Server

_CLONE_TIMEOUT = 900.0
"""Seconds; longer than any job waits, which would otherwise begin the same clone again and again."""
_FETCH_TIMEOUT = 300.0
_MOST_BRANCHES = 50


def clone(server: Server, to: Path) -> None:
    """Clone the default branch, whole and bare, into a directory that does not exist yet."""
    options = ("--quiet", "--bare", "--no-tags", "--single-branch", "--template=")
    variables = environment.variables(server.config())
    argv = ("clone", *options, "--end-of-options", server.url, str(to))
    done = process.run(to.parent, variables, argv, _CLONE_TIMEOUT, b"")
    if done.status:
        raise failures.of_network(done.err)


def refresh(mirror: Path, server: Server, tips: tuple[Sha, ...], also: tuple[str, ...] = ()) -> None:
    """Bring a mirror's branches up to date, and add those named and those with one of the tips on the server."""
    heads = _heads(mirror, server)
    held = {*branches(mirror), *also}
    wanted = [ref for ref, tip in heads.items() if ref in held or tip in tips][:_MOST_BRANCHES]
    if wanted:
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--refmap=")
        _remote(mirror, server, "fetch", *options, "--end-of-options", server.url, *(f"+{ref}:{ref}" for ref in wanted))


def branches(mirror: Path) -> tuple[str, ...]:
    """Return the full names of the branches a mirror holds."""
    argv = ("for-each-ref", "--format=%(refname)", "refs/heads/")
    done = process.run(mirror, environment.variables({}, GIT_DIR=str(mirror)), argv, _FETCH_TIMEOUT, b"")
    return tuple(done.out.decode(errors="replace").split())


def size(directory: Path) -> int:
    """Return how many bytes the files below a directory have."""
    return sum(path.lstat().st_size for path in directory.rglob("*") if not path.is_dir())


def packs(mirror: Path) -> int:
    """Return how many packs a mirror has; each refresh may add one, and each makes every look-up slower."""
    return sum(1 for _ in (mirror / "objects" / "pack").glob("*.pack"))


def _heads(mirror: Path, server: Server) -> dict[str, Sha]:
    lines = _remote(mirror, server, "ls-remote", "--heads", "--refs", "--end-of-options", server.url).splitlines()
    pairs = (line.partition("\t") for line in lines)
    return {ref: tip for tip, _, ref in pairs if _is_plain(ref)}


def _is_plain(ref: str) -> bool:
    try:
        return names.ref(ref.removeprefix("refs/heads/")) == ref
    except Refused:
        return False


def _remote(mirror: Path, server: Server, *argv: str) -> str:
    variables = environment.variables(server.config(), GIT_DIR=str(mirror))
    done = process.run(mirror, variables, argv, _FETCH_TIMEOUT, b"")
    if done.status:
        raise failures.of_network(done.err)
    return done.out.decode(errors="replace")
