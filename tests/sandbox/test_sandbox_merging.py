"""The three methods put on the base what GitHub puts there, and everyone who asked is told."""

from pathlib import Path

import pytest

from sandbox.git import Commit
from tests.sandbox.sandbox_world import World, new_world

pytestmark = pytest.mark.slow


async def tip(world: World) -> Commit:
    """Return the last commit of main."""
    bare = world.hub.bare(world.repo)
    return await bare.commit(await bare.branch("main") or "")


async def prepare(world: World) -> str:
    """Open a pull request of two commits, with main gone ahead; return where main is."""
    await world.pull("topic", {"b.txt": "two\n"}, by="sam")
    await world.change("topic", {"c.txt": "three\n"}, "Second\n\nwith a body", by="kim")
    return await world.change("main", {"main.txt": "ahead\n"})


async def test_merge_makes_a_commit_with_two_parents(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        before = await prepare(world)
        head = (await world.api("GET", "{R}/pulls/1")).data["head"]["sha"]

        reply = await world.api("PUT", "{R}/pulls/1/merge", by=world.kim, sha=head)

        made = await tip(world)
        assert (reply.data["sha"], made.parents) == (made.sha, (before, head))
        assert made.message == "Merge pull request #1 from acme/topic\n\nTitle of topic\n"
        assert (made.author.name, made.committer.email) == ("kim", "noreply@github.com")


async def test_squash_makes_one_commit_in_the_authors_name(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        before = await prepare(world)

        reply = await world.api("PUT", "{R}/pulls/1/merge", merge_method="squash")

        made = await tip(world)
        assert (reply.data["sha"], made.parents, made.author.name) == (made.sha, (before,), "sam")
        assert made.message.startswith("Title of topic (#1)\n\n* Change topic\n\n* Second\n\nwith a body")
        assert made.message.endswith("Co-authored-by: kim <kim@example.com>\n")


async def test_rebase_writes_each_commit_anew(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        before = await prepare(world)

        reply = await world.api("PUT", "{R}/pulls/1/merge", merge_method="rebase")

        made = await tip(world)
        first = await world.hub.bare(world.repo).commit(made.parents[0])
        assert (reply.data["sha"], first.parents) == (made.sha, (before,))
        assert [first.author.name, made.author.name] == ["sam", "kim"]
        assert (await world.api("GET", "{R}/contents/main.txt")).status == 200


async def test_the_webhook_says_who_merged_what(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await prepare(world)

        merge = await world.api("PUT", "{R}/pulls/1/merge", by=world.kim)

        await world.quiet()
        closed = next(hook.payload for hook in world.hooks if hook.name == "pull_request.closed")
        assert (closed["pull_request"]["merged"], closed["sender"]["login"]) == (True, "kim")
        assert closed["pull_request"]["merge_commit_sha"] == merge.data["sha"]
        assert closed["pull_request"]["merged_by"]["login"] == "kim"


async def test_a_conflict_is_dirty_until_it_is_settled(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await world.pull("topic", {"a.txt": "theirs\n"})
        await world.change("main", {"a.txt": "ours\n"})

        first, second = [(await world.api("GET", "{R}/pulls/1")).data for _ in range(2)]
        await world.change("main", {"a.txt": "1\n2\n3\n"})
        await world.api("GET", "{R}/pulls/1")
        settled = (await world.api("GET", "{R}/pulls/1")).data

        assert (first["mergeable"], second["mergeable"], second["mergeable_state"]) == (None, False, "dirty")
        assert (settled["mergeable"], settled["mergeable_state"]) == (True, "clean")


async def test_deleting_the_head_closes_and_reopening_wants_it_back(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        pull = await world.pull("topic", {"b.txt": "two\n"})

        await world.api("DELETE", "{R}/git/refs/heads/topic")
        refused = await world.api("PATCH", "{R}/pulls/1", state="open")
        await world.api("POST", "{R}/git/refs", ref="refs/heads/topic", sha=pull.head_sha)
        reopened = await world.api("PATCH", "{R}/pulls/1", state="open")

        assert (refused.status, reopened.data["state"]) == (422, "open")
        assert "pull_request.reopened" in await world.names()


async def test_updating_the_branch_merges_the_base_in(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        before = await prepare(world)

        reply = await world.api("PUT", "{R}/pulls/1/update-branch")

        assert reply.status == 202
        compared = (await world.api("GET", "{R}/compare/main...topic")).data
        assert (compared["behind_by"], compared["merge_base_commit"]["sha"]) == (0, before)
        assert "pull_request.synchronize" in await world.names()
