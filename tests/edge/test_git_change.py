"""What a merge put on its base, told from git alone, for every way there is to merge."""

import pytest

from bot.core.model import AlreadyThere, Change, Picked, Refused, Sha
from bot.edge.git import MirrorGit
from tests.edge.gitrepo import CLEAN, CONFLICTED, Upstream, merged, repository, subjects
from tests.edge.gitserver import Server


def branch_off(upstream: Upstream, *messages: str) -> Sha:
    """Write commits on `topic`, one file each, let the base move on, and return the last."""
    upstream.on("topic")
    for number, message in enumerate(messages):
        tip = upstream.commit({f"topic-{number}.yaml": f"{message}\n"}, message)
    upstream.on("tier-0")
    upstream.commit({"meanwhile.yaml": "x\n"}, "Meanwhile")
    return tip


def rebase(upstream: Upstream) -> Sha:
    """Merge `topic` as GitHub's rebase does: new commits, the same authors and messages."""
    upstream.git("cherry-pick", "tier-0..topic")
    return upstream.head()


async def told(engine: MirrorGit, server: Server, commit: Sha, head: Sha, commits: int | None = None) -> Change:
    repo = repository(server.url)
    async with engine.workspace(repo) as work:
        return await work.change(merged(repo, commit, head=head, commits=commits), onto=commit)


@pytest.mark.parametrize("count", [None, 2])
async def test_a_merge_commit(engine: MirrorGit, server: Server, upstream: Upstream, count: int | None) -> None:
    tip = branch_off(upstream, "One", "Two")
    base = upstream.head()
    upstream.git("merge", "--quiet", "--no-ff", "-m", "Merge pull request #12 from a/b", "topic")
    upstream.publish()

    change = await told(engine, server, upstream.head(), tip, count)

    assert (change.method, change.base, subjects(change.commits)) == (
        "merge",
        base,
        ["Merge pull request #12 from a/b"],
    )
    assert change.tip is not None
    assert change.tip.sha == tip
    assert change.paths == ("topic-0.yaml", "topic-1.yaml")


@pytest.mark.parametrize("count", [None, 2])
async def test_a_squash_of_two(engine: MirrorGit, server: Server, upstream: Upstream, count: int | None) -> None:
    tip = branch_off(upstream, "One", "Two")
    base = upstream.head()
    upstream.git("merge", "--quiet", "--squash", "topic")
    commit = upstream.commit({}, "Both (#12)")
    upstream.publish(f"{tip}:refs/pull/12/head")
    upstream.git("push", "-q", str(upstream.bare), ":topic")

    change = await told(engine, server, commit, tip, count)

    assert (change.method, change.base, subjects(change.commits)) == ("squash", base, ["Both (#12)"])
    assert change.tip is None


@pytest.mark.parametrize("count", [None, 1])
async def test_a_squash_of_one_keeps_its_message(
    engine: MirrorGit, server: Server, upstream: Upstream, count: int | None
) -> None:
    tip = branch_off(upstream, "One")
    base = upstream.head()
    commit = rebase(upstream)
    upstream.publish()

    change = await told(engine, server, commit, tip, count)

    assert (change.base, subjects(change.commits), change.paths) == (base, ["One"], ("topic-0.yaml",))


@pytest.mark.parametrize("count", [None, 3])
async def test_a_rebase_of_three(engine: MirrorGit, server: Server, upstream: Upstream, count: int | None) -> None:
    tip = branch_off(upstream, "One", "Two", "Three")
    base = upstream.head()
    commit = rebase(upstream)
    upstream.publish()

    change = await told(engine, server, commit, tip, count)

    assert (change.method, change.base) == ("rebase", base)
    assert subjects(change.commits) == ["One", "Two", "Three"]
    assert change.head.sha == commit
    assert change.paths == ("topic-0.yaml", "topic-1.yaml", "topic-2.yaml")


async def test_a_rebase_that_left_out_a_commit(engine: MirrorGit, server: Server, upstream: Upstream) -> None:
    tip = branch_off(upstream, "One", "Two", "Three")
    base = upstream.head()
    upstream.git("cherry-pick", "topic~2", "topic")
    commit = upstream.head()
    upstream.publish()

    change = await told(engine, server, commit, tip, 3)

    assert (change.method, change.base, subjects(change.commits)) == ("rebase", base, ["One", "Three"])


async def test_a_rebase_right_after_another_of_the_same_author(
    engine: MirrorGit, server: Server, upstream: Upstream
) -> None:
    tip = branch_off(upstream, "One", "Two")
    upstream.commit({"earlier.yaml": "x\n"}, "Earlier")
    base = upstream.commit({"alike.yaml": "x\n"}, "Three")
    commit = rebase(upstream)
    upstream.publish()

    change = await told(engine, server, commit, tip)

    assert (change.base, subjects(change.commits)) == (base, ["One", "Two"])


async def test_a_merge_queue_puts_the_change_after_others(
    engine: MirrorGit, server: Server, upstream: Upstream
) -> None:
    tip = branch_off(upstream, "One", "Two")
    upstream.on("other")
    upstream.commit({"other.yaml": "x\n"}, "Other")
    upstream.on("tier-0")
    upstream.git("merge", "--quiet", "--no-ff", "-m", "Merge pull request #11 from a/other", "other")
    base = upstream.head()
    upstream.git("merge", "--quiet", "--no-ff", "-m", "Merge pull request #12 from a/topic", "topic")
    upstream.publish()

    change = await told(engine, server, upstream.head(), tip)

    assert (change.method, change.base, change.paths) == ("merge", base, ("topic-0.yaml", "topic-1.yaml"))


async def test_a_head_that_is_gone_is_no_hindrance(engine: MirrorGit, server: Server, upstream: Upstream) -> None:
    commit = upstream.commit({"app.yaml": "image: 2\n"}, "Both (#12)")
    upstream.publish()

    change = await told(engine, server, commit, "f" * 40)

    assert (change.method, change.paths) == ("squash", ("app.yaml",))


async def test_both_names_of_a_rename_are_touched(engine: MirrorGit, server: Server, upstream: Upstream) -> None:
    upstream.git("mv", "app.yaml", "töst.yaml")
    commit = upstream.commit({}, "Move (#12)")
    upstream.publish()

    change = await told(engine, server, commit, commit, 1)

    assert change.paths == ("app.yaml", "töst.yaml")


async def test_a_merge_commit_that_is_gone_is_refused(engine: MirrorGit, server: Server) -> None:
    with pytest.raises(Refused, match="no longer exists"):
        await told(engine, server, "e" * 40, "f" * 40)


async def test_a_first_commit_is_refused(engine: MirrorGit, server: Server, upstream: Upstream) -> None:
    root = upstream.git("rev-list", "--max-parents=0", "tier-0")

    with pytest.raises(Refused, match="no parent"):
        await told(engine, server, root, root, 1)


async def test_a_rebased_change_is_picked_commit_by_commit(
    engine: MirrorGit, server: Server, upstream: Upstream
) -> None:
    onto = upstream.tip("tier-1")
    tip = branch_off(upstream, "One", "Two")
    base = upstream.head()
    commit = rebase(upstream)
    upstream.publish()
    repo = repository(server.url)

    async with engine.workspace(repo) as work:
        change = await work.change(merged(repo, commit, head=tip, commits=2), onto=onto)
        outcome = await work.pick(change, onto=onto, commit=CLEAN, conflicted=CONFLICTED, into="tier-1")

    assert isinstance(outcome, Picked)
    assert outcome.tree == upstream.picked(onto, f"{base}..{commit}")


async def test_a_proposal_is_what_merging_it_would_bring(engine: MirrorGit, server: Server, upstream: Upstream) -> None:
    upstream.on("topic")
    upstream.commit({"one.yaml": "1\n"}, "One")
    head = upstream.commit({"two.yaml": "2\n"}, "Two")
    upstream.on("tier-1")
    there = upstream.commit({"one.yaml": "1\n", "two.yaml": "2\n"}, "The same, another way")
    upstream.publish()
    pull = merged(repository(server.url), head, head=head)

    async with engine.workspace(pull.repo) as work:
        change = await work.proposal(pull, onto=there)
        outcome = await work.pick(change, onto=there, commit=CLEAN, conflicted=CONFLICTED, into="tier-1")

    assert change.paths == ("one.yaml", "two.yaml")
    assert isinstance(outcome, AlreadyThere)


async def test_a_proposal_with_a_history_of_its_own_is_refused(
    engine: MirrorGit, server: Server, upstream: Upstream
) -> None:
    upstream.git("checkout", "--quiet", "--orphan", "alien")
    alien = upstream.commit({"x": "x\n"}, "From elsewhere")
    upstream.publish()
    pull = merged(repository(server.url), alien, head=alien)

    async with engine.workspace(pull.repo) as work:
        with pytest.raises(Refused, match="no history in common"):
            await work.proposal(pull, onto=upstream.tip("tier-1"))
