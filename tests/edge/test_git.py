"""The engine through its public door, against a real git server."""

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from gitrepo import AUTHOR, BOT, CLEAN, CONFLICTED, Upstream, git, merged, repository
from gitserver import TOKEN, Server, serving

from bot.core.model import AlreadyThere, Conflict, Picked, Pushed, Refused, Repository, Stale, Transient
from bot.edge.git import MirrorGit


async def token(_: Repository) -> str:
    return TOKEN


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    return Upstream.create(tmp_path)


@pytest.fixture
def server(upstream: Upstream) -> Iterator[Server]:
    with serving(upstream.bare.parents[1]) as running:
        yield running


@pytest.fixture
def repo(server: Server) -> Repository:
    return repository(server.url)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[MirrorGit]:
    made = MirrorGit(tmp_path / "state", token, disk_budget=1 << 30)
    yield made
    await made.close()


async def test_a_squash_arrives_as_one_commit_on_the_target(
    engine: MirrorGit, upstream: Upstream, repo: Repository
) -> None:
    onto = upstream.tip("tier-1")
    change = upstream.commit({"app.yaml": "image: 2\nreplicas: 1\n"}, "Bump (#12)")
    upstream.publish()

    async with engine.workspace(repo) as work:
        told = await work.change(merged(repo, change, head=change), onto=onto)
        outcome = await work.pick(told, onto=onto, commit=CLEAN, conflicted=CONFLICTED)
        assert isinstance(outcome, Picked)
        pushed = await work.push("promote/tier-1/12", outcome.commit, expected=None)

    assert pushed == Pushed(outcome.commit)
    assert upstream.tip("promote/tier-1/12") == outcome.commit
    assert outcome.tree == upstream.picked(onto, change)
    tree = git(upstream.bare, "rev-parse", f"{outcome.commit}^{{tree}}")
    assert upstream.raw(outcome.commit).decode() == (
        f"tree {tree}\nparent {onto}\nauthor {AUTHOR}\ncommitter {BOT}\n\nClean\n"
    )


async def test_a_warm_pick_and_push_takes_four_requests(
    engine: MirrorGit, server: Server, upstream: Upstream, repo: Repository
) -> None:
    async with engine.workspace(repo):
        pass
    upstream.git("checkout", "-q", "tier-1")
    onto = upstream.commit({"other.yaml": "a: 1\n"}, "Moved")
    upstream.git("checkout", "-q", "tier-0")
    change = upstream.commit({"app.yaml": "image: 2\nreplicas: 1\n"}, "Bump (#12)")
    upstream.publish()
    server.asked.clear()

    start = time.perf_counter()
    async with engine.workspace(repo) as work:
        told = await work.change(merged(repo, change, head=change), onto=onto)
        outcome = await work.pick(told, onto=onto, commit=CLEAN, conflicted=CONFLICTED)
        assert isinstance(outcome, Picked)
        await work.push("promote/tier-1/12", outcome.commit, expected=None)
    print(time.perf_counter() - start)

    assert len(server.asked) == 4, server.asked


async def test_a_push_to_a_branch_that_moved_is_stale(engine: MirrorGit, upstream: Upstream, repo: Repository) -> None:
    onto = upstream.tip("tier-1")
    change = upstream.commit({"app.yaml": "image: 2\nreplicas: 1\n"}, "Bump (#12)")
    upstream.publish(f"{change}:refs/heads/promote/tier-1/12")

    async with engine.workspace(repo) as work:
        told = await work.change(merged(repo, change, head=change), onto=onto)
        outcome = await work.pick(told, onto=onto, commit=CLEAN, conflicted=CONFLICTED)
        assert isinstance(outcome, Picked)
        pushed = await work.push("promote/tier-1/12", outcome.commit, expected=None)

    assert pushed == Stale(change)
    assert upstream.tip("promote/tier-1/12") == change


async def test_a_conflict_is_a_commit_with_readable_markers(
    engine: MirrorGit, upstream: Upstream, repo: Repository
) -> None:
    change = upstream.commit({"app.yaml": "image: 2\nreplicas: 1\n"}, "Bump (#12)")
    upstream.on("tier-1")
    onto = upstream.commit({"app.yaml": "image: 3\nreplicas: 1\n"}, "Own")
    upstream.publish()

    async with engine.workspace(repo) as work:
        told = await work.change(merged(repo, change, head=change), onto=onto)
        outcome = await work.pick(told, onto=onto, commit=CLEAN, conflicted=CONFLICTED, into="tier-1")
        assert isinstance(outcome, Conflict)
        await work.push("promote/tier-1/12", outcome.commit, expected=None)

    (file,) = outcome.files
    assert (file.path, file.kind) == ("app.yaml", "content")
    assert file.excerpt.splitlines() == [
        "<<<<<<< tier-1",
        "image: 3",
        f"||||||| parent of {change[:7]}",
        "image: 1",
        "=======",
        "image: 2",
        f">>>>>>> {change[:7]} (Bump (#12))",
    ]
    assert git(upstream.bare, "show", f"{outcome.commit}:app.yaml").startswith("<<<<<<< tier-1\n")
