"""Commits that a person pushed to the base as they are, merges of the base among them."""

import pytest

from bot.core.model import Change, Picked, Refused, Sha
from bot.edge.git import MirrorGit
from tests.edge.gitrepo import CLEAN, CONFLICTED, Upstream, git, merged, repository, subjects
from tests.edge.gitserver import Server


def write(upstream: Upstream, branch: str, *messages: str) -> Sha:
    """Commit one file for each message on a branch, and return the last."""
    upstream.on(branch)
    for message in messages:
        upstream.commit({f"{message.lower()}.yaml": f"{message}\n"}, message)
    return upstream.head()


def merge(upstream: Upstream, branch: str, *others: str) -> Sha:
    """Merge branches into one, and return the merge."""
    upstream.on(branch)
    upstream.git("merge", "--quiet", "--no-ff", "-m", f"Merge into {branch}", *others)
    return upstream.head()


async def told(
    engine: MirrorGit, server: Server, upstream: Upstream, count: int | None, head: Sha | None = None
) -> Change:
    """Push the current commit to tier-0, and say what it brought."""
    commit = upstream.head()
    upstream.publish(f"{commit}:refs/heads/tier-0", "tier-0:refs/heads/before")
    repo = repository(server.url)
    async with engine.workspace(repo) as work:
        return await work.change(merged(repo, commit, head=head or commit, commits=count), onto=commit)


async def test_one_commit(engine: MirrorGit, server: Server, upstream: Upstream) -> None:
    base = upstream.head()
    write(upstream, "topic", "One")

    change = await told(engine, server, upstream, 1)

    assert (change.method, change.base, subjects(change.commits)) == ("squash", base, ["One"])


async def test_two_commits(engine: MirrorGit, server: Server, upstream: Upstream) -> None:
    base = upstream.head()
    write(upstream, "topic", "One", "Two")

    change = await told(engine, server, upstream, 2)

    assert (change.method, change.base, subjects(change.commits)) == ("rebase", base, ["One", "Two"])


@pytest.mark.slow
async def test_more_commits_than_are_picked_one_by_one(engine: MirrorGit, server: Server, upstream: Upstream) -> None:
    base = upstream.head()
    stream = "".join(
        f"commit refs/heads/topic\ncommitter A <a@b> {1700000000 + n} +0000\ndata 1\n{n % 10}\n"
        + (f"from {base}\n" if n == 0 else "")
        + f"M 644 inline {n}.yaml\ndata 1\nx\n"
        for n in range(251)
    )
    git(upstream.work, "fast-import", "--quiet", data=stream.encode())
    upstream.on("topic")

    change = await told(engine, server, upstream, 251)

    assert (change.method, change.base, len(change.commits), len(change.paths)) == ("squash", base, 1, 251)


@pytest.mark.parametrize("meanwhile", [["Other"], ["Other", "Another"]])
async def test_the_base_merged_into_the_topic(
    engine: MirrorGit, server: Server, upstream: Upstream, meanwhile: list[str]
) -> None:
    onto = upstream.tip("tier-1")
    own = write(upstream, "topic", "One")
    base = write(upstream, "tier-0", *meanwhile)
    commit = merge(upstream, "topic", "tier-0")

    change = await told(engine, server, upstream, 2)

    assert (change.method, change.base, change.head.sha, change.paths) == ("squash", base, commit, ("one.yaml",))
    assert change.tip is not None
    assert change.tip.sha == own
    async with engine.workspace(repository(server.url)) as work:
        outcome = await work.pick(change, onto=onto, commit=CLEAN, conflicted=CONFLICTED, into="tier-1")
    assert isinstance(outcome, Picked)
    assert outcome.tree == upstream.picked(onto, own)


async def test_the_base_merged_into_the_topic_and_pushed_to_the_base_alone(
    engine: MirrorGit, server: Server, upstream: Upstream
) -> None:
    own = write(upstream, "topic", "One")
    base = write(upstream, "tier-0", "Other")
    merge(upstream, "topic", "tier-0")

    change = await told(engine, server, upstream, 1, own)

    assert (change.base, change.paths) == (base, ("one.yaml",))


async def test_work_goes_on_after_the_base_was_merged(engine: MirrorGit, server: Server, upstream: Upstream) -> None:
    write(upstream, "topic", "One")
    base = write(upstream, "tier-0", "Other")
    merge(upstream, "topic", "tier-0")
    write(upstream, "topic", "Two")

    change = await told(engine, server, upstream, 3)

    assert (change.method, change.base, change.paths) == ("squash", base, ("one.yaml", "two.yaml"))


async def test_a_topic_merged_into_the_base_by_hand(engine: MirrorGit, server: Server, upstream: Upstream) -> None:
    write(upstream, "side", "One", "Two")
    base = write(upstream, "tier-0", "Other")
    upstream.on("topic")
    merge(upstream, "topic", "side")

    change = await told(engine, server, upstream, 3)

    assert (change.method, change.base, change.paths) == ("merge", base, ("one.yaml", "two.yaml"))


async def test_a_number_that_fits_nowhere_is_refused(engine: MirrorGit, server: Server, upstream: Upstream) -> None:
    write(upstream, "topic", "One")
    write(upstream, "tier-0", "Other")
    merge(upstream, "topic", "tier-0")

    with pytest.raises(Refused, match="no telling where the base stood"):
        await told(engine, server, upstream, 5)


@pytest.mark.parametrize("count", [None, 0, 1000])
async def test_an_unknown_number_is_refused(
    engine: MirrorGit, server: Server, upstream: Upstream, count: int | None
) -> None:
    write(upstream, "topic", "One", "Two")

    with pytest.raises(Refused, match="pushed to the base as they are"):
        await told(engine, server, upstream, count)


async def test_a_merge_of_several_is_refused(engine: MirrorGit, server: Server, upstream: Upstream) -> None:
    own = write(upstream, "topic", "One")
    upstream.on("tier-0")
    write(upstream, "other", "Two")
    upstream.on("tier-0")
    write(upstream, "tier-0", "Three")
    upstream.on("both")
    merge(upstream, "both", "topic", "other")

    with pytest.raises(Refused, match="3 parents"):
        await told(engine, server, upstream, 1, own)
