"""A repository on this machine that came from a stranger: what its configuration may not do, and what is refused."""

import asyncio
import os
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from bot.core.model import Refused
from bot.edge.git import objects
from bot.edge.git.local import Local, opened
from tests.edge.gitrepo import Upstream, git

EVIL = """
[core]
    fsmonitor = {program}
    hooksPath = {hooks}
    pager = {program}
    sshCommand = {program}
    alternateRefsCommand = {program}
[extensions]
    partialClone = evil
[remote "evil"]
    url = "ext::sh -c {program}"
    promisor = true
    uploadpack = {program}
[protocol]
    allow = always
[protocol "ext"]
    allow = always
[alias]
    cat-file = !{program}
    rev-parse = !{program}
[include]
    path = {program}
"""
STRANGER = 54321
SAFE = "[safe]\n\tdirectory = {}\n"


def lose(upstream: Upstream, name: str) -> Path:
    """Remove an object; return where it was."""
    sha = git(upstream.work, "rev-parse", name)
    place = upstream.work / ".git" / "objects" / sha[:2] / sha[2:]
    place.unlink()
    return place


def configure(upstream: Upstream, text: str) -> None:
    """Add to the repository's configuration."""
    with (upstream.work / ".git" / "config").open("a") as file:
        file.write(text)


async def text(repo: Local) -> bytes | None:
    """Return a file of HEAD."""
    return await repo.look(repo.commit("HEAD"), lambda files, root: files.at(root, "app.yaml", most=100))


def left(directory: Path) -> list[str]:
    """Return the processes that run in directories of ours below one."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if str(directory) in (where := str((process / "cwd").readlink())) and "tierkeeper-" in where:
                found.append((process / "cmdline").read_text())
    return found


async def test_nothing_that_the_configuration_names_is_run(upstream: Upstream, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    lose(upstream, "HEAD:app.yaml")
    configure(upstream, EVIL.format(program=program, hooks=tmp_path))

    with opened(upstream.work) as repo:
        repo.merge_base(repo.commit("HEAD"), repo.commit("tier-1"))
        with pytest.raises(Refused, match=r"blob .* is missing.* partial clone"):
            await text(repo)

    assert not (tmp_path / "ran").exists()


def test_a_setting_cannot_pass_for_several(upstream: Upstream) -> None:
    configure(upstream, '[branch "a\\"]\\\\[evil]"]\n\tremote = origin\n')
    configure(
        upstream, '[branch "tier-0"]\n\tmerge = "refs/x\\"\\n[extensions]\\npartialClone = \\"evil"\n\tremote = .\n'
    )

    with opened(upstream.work) as repo:
        written = (repo.view.mirror / "config").read_text()

    assert "evil" not in written


async def test_a_partial_clone_that_lacks_something_says_how_to_get_it(upstream: Upstream, tmp_path: Path) -> None:
    git(upstream.bare, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--no-checkout", "--filter=blob:none", upstream.bare.as_uri(), "partial")

    with opened(tmp_path / "partial") as repo, pytest.raises(Refused) as refused:
        await text(repo)
    git(tmp_path / "partial", *str(refused.value).split("`git ")[1].split("`")[0].split())
    with opened(tmp_path / "partial") as repo:
        found = await text(repo)

    assert found == b"image: 1\nreplicas: 1\n"


async def test_a_broken_repository_is_a_sentence(upstream: Upstream) -> None:
    lose(upstream, "HEAD^{tree}")

    with opened(upstream.work) as repo, pytest.raises(Refused, match=r"tree .* is missing.*git fsck"):
        await text(repo)


@pytest.mark.parametrize("part", ["root", ".git"])
def test_a_repository_of_another_user_is_refused_unless_the_person_trusts_it(
    upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    owned_by(STRANGER, upstream.work if part == "root" else upstream.work / part, monkeypatch)

    with pytest.raises(Refused, match="is another user's") as refused, opened(upstream.work):
        pass
    subprocess.run(str(refused.value).split(": ")[-1].split(), check=True)  # noqa: S603 - our own advice
    with opened(upstream.work) as repo:
        found = repo.commit("HEAD")

    assert found == upstream.head()


@pytest.mark.parametrize(
    ("text", "trusted"),
    [
        ("", False),
        (SAFE.format("*"), True),
        (SAFE.format("~/work/*"), True),
        (SAFE.format("/elsewhere"), False),
        (SAFE.format("*") + SAFE.format(""), False),
    ],
)
def test_what_git_calls_safe_is(
    upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, *, trusted: bool
) -> None:
    (tmp_path / ".gitconfig").write_text(text)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    configure(upstream, SAFE.format("*"))
    owned_by(STRANGER, upstream.work, monkeypatch)

    read = is_read(upstream)

    assert read == trusted


@pytest.mark.parametrize(("caller", "trusted"), [(str(STRANGER), True), ("1", False), ("", False), ("x", False)])
def test_root_may_read_what_is_of_the_user_who_called_sudo(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch, caller: str, *, trusted: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("SUDO_UID", caller)
    owned_by(STRANGER, upstream.work, monkeypatch)

    read = is_read(upstream)

    assert read == trusted


def is_read(upstream: Upstream) -> bool:
    """Return whether a clone is read, and not refused."""
    try:
        with opened(upstream.work):
            return True
    except Refused:
        return False


def owned_by(user: int, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let another user own a path, as far as lstat tells; all else below it is ours."""
    asked: Callable[[Path], os.stat_result] = Path.lstat

    def lstat(self: Path) -> os.stat_result:
        found = asked(self)
        return os.stat_result((*found[:4], user if self == path else os.geteuid(), *found[5:]))

    monkeypatch.setattr(Path, "lstat", lstat)


@pytest.mark.parametrize("said", [b"\xff\xfe\n", b"garbage\n", b"gitdir: /none\n", b"gitdir: a\0b\n", b"gitdir: ", b""])
def test_a_git_file_that_names_no_directory_is_refused(tmp_path: Path, said: bytes) -> None:
    (tmp_path / ".git").write_bytes(said)

    with pytest.raises(Refused, match=r"\.git names no git directory"), opened(tmp_path):
        pass


@pytest.mark.parametrize("name", ["reftable", "x"])
def test_a_kind_of_repository_that_we_do_not_know_is_refused(upstream: Upstream, name: str) -> None:
    configure(upstream, f"[extensions]\n\trefStorage = {name}\n")

    with pytest.raises(Refused, match=f"refstorage = {name}"), opened(upstream.work):
        pass


def test_a_configuration_that_cannot_be_read_is_refused(upstream: Upstream) -> None:
    configure(upstream, "[broken\n")

    with pytest.raises(Refused, match="bad config line"), opened(upstream.work):
        pass


@pytest.mark.parametrize("name", ["HEAD", "config", "commondir"])
def test_no_pipe_is_waited_for(upstream: Upstream, name: str) -> None:
    place = upstream.work / ".git" / name
    place.unlink(missing_ok=True)
    os.mkfifo(place)
    began = time.monotonic()

    with suppress(Refused), opened(upstream.work) as repo:
        repo.commit("tier-1")

    assert time.monotonic() - began < 60


async def test_a_deadline_ends_a_reading_that_never_would(
    upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(lose(upstream, "HEAD:app.yaml"))
    monkeypatch.setattr(objects, "_LIFETIME", 1.0)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with opened(upstream.work) as repo, pytest.raises(Refused, match="stopped answering"):
        await text(repo)

    assert left(tmp_path) == []


async def test_a_person_who_gives_up_need_not_wait(
    upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(lose(upstream, "HEAD:app.yaml"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with opened(upstream.work) as repo, pytest.raises(TimeoutError):
        await asyncio.wait_for(text(repo), 1)

    assert left(tmp_path) == []
