"""Mirrors over time: made, refreshed, broken, replaced, evicted, shared, left behind by a crash."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.core.model import Picked, Pushed, Refused, Repository, Sha, Transient
from bot.edge.git import MirrorGit, clone, mirror
from bot.edge.git.access import Access
from bot.edge.git.workspace import Job
from bot.edge.session import Session, open_session
from tests.edge.gitrepo import CLEAN, CONFLICTED, Upstream, git, merged, repository, run
from tests.edge.gitserver import Server, serving, token

CRASHING = """
import sys
from pathlib import Path
from bot.edge.session import open_session
session = open_session(Path(sys.argv[1]))
(session.scratch() / "left").touch()
print(session.path, flush=True)
sys.stdin.read(1)
"""


def mirrors(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "state" / "mirrors").iterdir())


def bump(upstream: Upstream, number: int) -> Sha:
    return upstream.commit({f"app-{number}.yaml": f"image: {number}\n"}, f"Bump (#{number})")


async def visit(engine: MirrorGit, repo: Repository) -> None:
    async with engine.workspace(repo):
        pass


async def promote(engine: MirrorGit, repo: Repository, commit: Sha, onto: Sha, branch: str) -> Sha:
    async with engine.workspace(repo) as work:
        change = await work.change(merged(repo, commit, head=commit, commits=1), onto=onto)
        outcome = await work.pick(change, onto=onto, commit=CLEAN, conflicted=CONFLICTED, into="tier-1")
        assert isinstance(outcome, Picked)
        pushed = await work.push(branch, outcome.commit, expected=None)
    assert isinstance(pushed, Pushed)
    return pushed.commit


async def test_a_job_leaves_nothing_behind(
    engine: MirrorGit, upstream: Upstream, repo: Repository, tmp_path: Path
) -> None:
    await visit(engine, repo)
    (mirror,) = mirrors(tmp_path)
    before = clone.size(mirror)
    commit = bump(upstream, 1)
    upstream.publish()

    await promote(engine, repo, commit, upstream.tip("tier-1"), "promote/tier-1/1")

    assert clone.size(mirror) == before
    assert [path for path in (tmp_path / "state" / "jobs").glob("*/*") if path.is_dir()] == []


@pytest.mark.parametrize("damage", ["objects", "pack", "HEAD", "config", "packed-refs", "all"])
async def test_a_broken_mirror_is_no_hindrance(
    engine: MirrorGit, upstream: Upstream, repo: Repository, tmp_path: Path, damage: str
) -> None:
    await visit(engine, repo)
    (mirror,) = mirrors(tmp_path)
    for path in [path for path in mirror.rglob("*") if path.is_file()]:
        if damage in (*path.parts, path.suffix.removeprefix("."), "all"):
            path.chmod(0o644)
            path.write_bytes(b"garbage" * 9)
    commit = bump(upstream, 1)
    upstream.publish()

    pushed = await promote(engine, repo, commit, upstream.tip("tier-1"), "promote/tier-1/1")

    assert upstream.tip("promote/tier-1/1") == pushed
    assert len(mirrors(tmp_path)) == 1


async def test_a_mirror_that_breaks_between_pick_and_push_is_replaced(
    engine: MirrorGit, upstream: Upstream, repo: Repository, tmp_path: Path
) -> None:
    commit = bump(upstream, 1)
    upstream.publish()
    onto = upstream.tip("tier-1")

    async with engine.workspace(repo) as work:
        change = await work.change(merged(repo, commit, head=commit), onto=onto)
        outcome = await work.pick(change, onto=onto, commit=CLEAN, conflicted=CONFLICTED, into="tier-1")
        assert isinstance(outcome, Picked)
        (mirror,) = mirrors(tmp_path)
        (mirror / "HEAD").unlink()
        assert isinstance(work, Job)
        work.view.close()  # what reads objects has to start anew, and there finds out
        pushed = await work.push("promote/tier-1/1", outcome.commit, expected=None)

    assert pushed == Pushed(outcome.commit)
    assert mirrors(tmp_path) != [mirror]


async def test_a_mirror_somebody_removed_is_made_again(
    engine: MirrorGit, upstream: Upstream, repo: Repository, tmp_path: Path
) -> None:
    await visit(engine, repo)
    (mirror,) = mirrors(tmp_path)
    mirror.rename(tmp_path / "away")
    commit = bump(upstream, 1)
    upstream.publish()

    pushed = await promote(engine, repo, commit, upstream.tip("tier-1"), "promote/tier-1/1")

    assert upstream.tip("promote/tier-1/1") == pushed


async def test_what_was_much_to_fetch_is_in_the_mirror_the_next_time(
    engine: MirrorGit, upstream: Upstream, repo: Repository, tmp_path: Path
) -> None:
    await visit(engine, repo)
    upstream.on("tier-1")
    onto = upstream.commit({"big.bin": os.urandom(400 << 10)}, "Big")
    upstream.on("tier-0")
    commit = bump(upstream, 1)
    upstream.publish()

    await promote(engine, repo, commit, onto, "promote/tier-1/1")
    await engine.settle()

    (mirror,) = mirrors(tmp_path)
    assert set(clone.branches(mirror)) == {"refs/heads/tier-0", "refs/heads/tier-1"}
    assert git(mirror, "rev-parse", "tier-1") == onto
    assert git(mirror, "rev-parse", "tier-0") == commit


async def test_a_mirror_that_has_grown_is_replaced_with_its_branches(
    engine: MirrorGit, upstream: Upstream, repo: Repository, tmp_path: Path
) -> None:
    seen: list[Path] = []
    for number in range(2):
        upstream.on("tier-1")
        onto = upstream.commit({"big.bin": os.urandom(400 << 10)}, "Big")
        upstream.on("tier-0")
        commit = bump(upstream, number)
        upstream.publish()
        await promote(engine, repo, commit, onto, f"promote/tier-1/{number}")
        await engine.settle()
        seen += mirrors(tmp_path)

    assert len(set(seen)) == len(seen) == 2
    assert set(clone.branches(seen[-1])) == {"refs/heads/tier-0", "refs/heads/tier-1"}


async def test_the_least_used_mirrors_go_when_the_disk_is_full_but_none_in_use(tmp_path: Path) -> None:
    for number in range(3):
        source = Upstream.create(tmp_path / str(number))
        source.commit({"big.bin": os.urandom(100 << 10)}, "Big")
        source.publish()
        source.bare.rename(tmp_path / f"repo-{number}.git")
    engine = MirrorGit(tmp_path / "state", token, disk_budget=250 << 10)

    with serving(tmp_path) as server:
        repos = [repository(server.url, f"repo-{number}", number) for number in range(3)]
        async with engine.workspace(repos[0]):
            await visit(engine, repos[1])
            async with engine.workspace(repos[2]):
                kept = [path.name[0] for path in mirrors(tmp_path)]
    await engine.close()

    assert kept == ["0", "2"]


async def test_an_engine_takes_over_the_newest_mirrors_of_the_last(
    engine: MirrorGit, server: Server, repo: Repository, tmp_path: Path
) -> None:
    await visit(engine, repo)
    (mirror,) = mirrors(tmp_path)
    (mirror.parent / "7-older.git").mkdir()
    os.utime(mirror.parent / "7-older.git", (1, 1))
    server.asked.clear()

    second = MirrorGit(tmp_path / "state", token, disk_budget=1 << 30)
    await visit(second, repo)
    await second.close()

    assert server.asked == []
    assert mirrors(tmp_path) == [mirror]


@pytest.mark.slow
def test_what_a_crash_left_is_removed_and_what_lives_is_not(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", CRASHING, str(tmp_path)]
    with (
        subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as dying,  # noqa: S603 - our own words
        subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as alive,  # noqa: S603 - our own words
    ):
        assert dying.stdout is not None
        assert alive.stdout is not None
        crashed, living = (Path(one.stdout.readline().strip()) for one in (dying, alive) if one.stdout)
        dying.kill()
        dying.wait()

        session = open_session(tmp_path)

        assert not crashed.exists()
        assert list(living.glob("*/left"))
        session.close()
        alive.communicate("x")


async def test_a_clone_that_fails_leaves_no_mirror(
    engine: MirrorGit, server: Server, repo: Repository, tmp_path: Path
) -> None:
    server.failures[:] = [0, 500]

    with pytest.raises(Transient):
        await visit(engine, repo)

    assert mirrors(tmp_path) == []
    await visit(engine, repo)
    assert len(mirrors(tmp_path)) == 1


async def test_one_clone_serves_all_who_wait(engine: MirrorGit, server: Server, repo: Repository) -> None:
    await asyncio.gather(*(visit(engine, repo) for _ in range(5)))

    assert len([asked for asked in server.asked if asked.startswith("GET")]) == 1


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what it waits for happens in other threads
            await asyncio.sleep(0.01)


async def test_a_clone_outlives_the_job_that_asked_for_it(
    engine: MirrorGit, server: Server, repo: Repository, tmp_path: Path
) -> None:
    server.stall.clear()
    late = asyncio.create_task(visit(engine, repo))
    await until(lambda: server.asked)
    late.cancel()
    await asyncio.wait((late,), timeout=2)
    gone = late.done()
    server.stall.set()

    await asyncio.gather(late, return_exceptions=True)
    await visit(engine, repo)

    assert gone
    assert len([asked for asked in server.asked if asked.startswith("GET")]) == 1
    assert len(mirrors(tmp_path)) == 1


async def test_a_job_does_not_wait_for_ever_for_a_clone(
    engine: MirrorGit, server: Server, repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.stall.clear()
    with monkeypatch.context() as patched:
        patched.setattr(mirror, "_PATIENCE", 0.01)
        with pytest.raises(Transient, match="still being cloned"):
            await visit(engine, repo)
    await until(lambda: server.asked)
    server.stall.set()

    await visit(engine, repo)

    assert len([asked for asked in server.asked if asked.startswith("GET")]) == 1


async def test_a_clone_that_fails_with_nobody_waiting_is_begun_anew(
    engine: MirrorGit, server: Server, repo: Repository, tmp_path: Path
) -> None:
    server.stall.clear()
    late = asyncio.create_task(visit(engine, repo))
    await until(lambda: server.asked)
    late.cancel()
    await asyncio.gather(late, return_exceptions=True)
    server.failures[:] = [500]
    server.stall.set()
    await engine.settle()
    left = [path for path in (tmp_path / "state" / "jobs").glob("*/*") if path.is_dir()]

    await visit(engine, repo)

    assert left == []
    assert len(mirrors(tmp_path)) == 1


@pytest.fixture
def several(tmp_path: Path) -> Iterator[list[Repository]]:
    """Serve six repositories."""
    for number in range(6):
        Upstream.create(tmp_path / str(number)).bare.rename(tmp_path / f"repo-{number}.git")
    with serving(tmp_path) as running:
        yield [repository(running.url, f"repo-{number}", number) for number in range(6)]


async def test_two_may_make_room_at_once(engine: MirrorGit, several: list[Repository], tmp_path: Path) -> None:
    for repo in several:
        await visit(engine, repo)

    async with engine.workspace(several[0]), engine.workspace(several[1]):
        engine._mirrors.budget = 0
        await asyncio.gather(visit(engine, several[0]), visit(engine, several[1]))
        kept = [path.name[0] for path in mirrors(tmp_path)]

    assert kept == ["0", "1"]


async def test_a_mirror_replaced_while_room_is_made_stays(
    engine: MirrorGit, several: list[Repository], monkeypatch: pytest.MonkeyPatch
) -> None:
    for repo in several[:3]:
        await visit(engine, repo)
    engine._mirrors.budget = 0
    removing, go_on, discard = threading.Event(), threading.Event(), Session.discard

    def slowly(session: Session, directory: Path) -> None:
        if directory.name.startswith("0-"):
            removing.set()
            go_on.wait(10)
        discard(session, directory)

    monkeypatch.setattr(Session, "discard", slowly)
    making_room = asyncio.create_task(visit(engine, several[2]))
    await until(removing.is_set)
    access = Access(several[1], token, engine._threads)
    lent = await engine._mirrors.lend(access, instead_of=engine._mirrors.current[1])
    go_on.set()
    await making_room
    again = await engine._mirrors.lend(access)

    assert again is lent
    assert lent.path.is_dir()


async def test_a_failure_to_make_room_leaves_no_mirror_in_use(
    engine: MirrorGit, several: list[Repository], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for repo in several[:2]:
        await visit(engine, repo)
    engine._mirrors.budget = 0

    def fail(_: Session, directory: Path) -> None:
        raise OSError(f"no space left for {directory}")

    with monkeypatch.context() as patched:
        patched.setattr(Session, "discard", fail)
        with pytest.raises(OSError, match="no space"):
            await visit(engine, several[1])
    await visit(engine, several[2])

    assert "1" not in [path.name[0] for path in mirrors(tmp_path)]


@pytest.mark.slow
async def test_picks_go_on_while_the_mirror_is_repacked(
    engine: MirrorGit, upstream: Upstream, repo: Repository, tmp_path: Path
) -> None:
    await visit(engine, repo)
    (mirror,) = mirrors(tmp_path)
    onto = upstream.tip("tier-1")
    commits = [bump(upstream, number) for number in range(48)]
    upstream.publish()
    workers = asyncio.Semaphore(8)
    done = asyncio.Event()

    async def work(number: int) -> Sha:
        async with workers:
            return await promote(engine, repo, commits[number], onto, f"promote/tier-1/{number}")

    async def collect() -> int:
        rounds = 0
        while not done.is_set():
            await asyncio.to_thread(run, mirror, "gc", "--quiet", "--prune=now")
            rounds += 1
        return rounds

    collecting = asyncio.create_task(collect())
    pushed = await asyncio.gather(*(work(number) for number in range(48)))
    done.set()
    rounds = await collecting

    assert [upstream.tip(f"promote/tier-1/{number}") for number in range(48)] == pushed
    assert rounds > 3
    assert mirrors(tmp_path) == [mirror], "a replaced mirror would hide lost objects"


@pytest.mark.parametrize("status", [500, 502, 503, 429])
async def test_a_server_in_trouble_is_transient(
    engine: MirrorGit, server: Server, upstream: Upstream, repo: Repository, status: int
) -> None:
    commit, onto = bump(upstream, 1), upstream.tip("tier-1")

    async with engine.workspace(repo) as work:
        server.failures[:] = [status] * 3
        with pytest.raises(Transient):
            await work.change(merged(repo, commit, head=commit, commits=1), onto=onto)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_token_is_asked_for_once_more(
    server: Server, upstream: Upstream, repo: Repository, tmp_path: Path, status: int
) -> None:
    refused: list[str | None] = []

    async def counted(asked: Repository, *, instead_of: str | None = None) -> str:
        refused.append(instead_of)
        return await token(asked)

    engine = MirrorGit(tmp_path / "state", counted, disk_budget=1 << 30)
    server.failures[:] = [status]
    await visit(engine, repo)
    after_one = list(refused)
    commit = bump(upstream, 1)
    upstream.publish()
    server.failures[:] = [status] * 2
    with pytest.raises(Transient, match="token"):
        await promote(engine, repo, commit, upstream.tip("tier-1"), "promote/tier-1/1")
    await engine.close()

    assert after_one == [None, await token(repo)]
    assert refused[2:] == after_one


async def test_a_repository_that_is_gone_is_refused(engine: MirrorGit, server: Server) -> None:
    with pytest.raises(Refused, match="does not exist"):
        await visit(engine, repository(server.url, "acme/gone"))


async def test_a_server_that_is_away_is_transient(engine: MirrorGit) -> None:
    with pytest.raises(Transient):
        await visit(engine, repository("http://127.0.0.1:1"))
