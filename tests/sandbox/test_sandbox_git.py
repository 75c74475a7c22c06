"""Real git clients against the sandbox: clone, fetch, push, forks, and what a push brings about."""

import asyncio
import base64
from pathlib import Path

import pytest
from yarl import URL

from bot.demo.stage import eventually
from sandbox import seed
from sandbox.git import ZERO, Ident, NewCommit
from sandbox.pulls import Proposal
from tests.sandbox.sandbox_world import git, new_world, try_git

pytestmark = pytest.mark.slow


async def test_a_clone_and_a_push_make_a_branch_and_its_webhooks(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        clone = tmp_path / "clone"
        await git("clone", "--quiet", world.remote(world.token), str(clone))
        (clone / "new.txt").write_text("new\n")
        await git("add", ".", cwd=clone)
        await git("commit", "--quiet", "-m", "New", cwd=clone)

        await git("push", "--quiet", "origin", "HEAD:refs/heads/pushed", cwd=clone)

        head = (await git("rev-parse", "HEAD", cwd=clone)).strip()
        assert (await world.api("GET", "{R}/git/ref/heads/pushed")).data["object"]["sha"] == head
        assert {"create", "push", "check_suite.requested"} <= set(await world.names())
        push = next(hook.payload for hook in world.hooks if hook.payload.get("after") == head)
        assert [commit["added"] for commit in push["commits"]] == [["new.txt"]]
        assert push["sender"]["login"] == "keeper[bot]"


async def test_a_partial_clone_brings_no_blobs(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        clone = str(tmp_path / "clone")

        await git("clone", "--quiet", "--bare", "--filter=blob:none", world.remote(world.token), clone)

        missing = await git("rev-list", "--objects", "--all", "--missing=print", cwd=Path(clone))
        assert sum(line.startswith("?") for line in missing.splitlines()) == 2


async def test_any_commit_can_be_fetched_by_its_hash(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        pull = await world.pull("topic", {"b.txt": "two\n"})
        await world.api("DELETE", "{R}/git/refs/heads/topic")
        await git("init", "--quiet", "--bare", str(tmp_path / "own"))

        await git("fetch", "--quiet", world.remote(world.token), pull.head_sha, cwd=tmp_path / "own")
        await git("fetch", "--quiet", world.remote(world.token), "refs/pull/1/head:refs/x", cwd=tmp_path / "own")

        assert (await git("rev-parse", "refs/x", cwd=tmp_path / "own")).strip() == pull.head_sha


async def test_a_large_request_arrives_packed(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        bare, who = world.hub.bare(world.repo), Ident("Kim", "kim@example.com", "1700000000 +0000")
        base = await bare.commit(await bare.branch("main") or "")
        for number in range(40):
            sha = await bare.write(NewCommit(base.tree, (base.sha,), str(number), who, who))
            await bare.move(f"refs/heads/{number}", sha, old=ZERO)

        # Git packs what it asks once that is more than a kilobyte: forty wants are.
        await git("clone", "--quiet", "--bare", world.remote(world.token), str(tmp_path / "clone"))

        listed = await git("for-each-ref", "--format=%(refname)", cwd=tmp_path / "clone")
        assert len(listed.split()) == 41


async def test_strangers_and_readers_do_not_push(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await git("clone", "--quiet", world.remote(world.token), str(tmp_path / "clone"))
        reader = await world.new_token(permissions={"contents": "read"})
        anonymous = f"{world.hub.url}/acme/shop.git"
        remotes = (anonymous, world.remote(reader), world.remote("ghs_wrong"))

        said = [await try_git("push", remote, "HEAD:refs/heads/x", cwd=tmp_path / "clone") for remote in remotes]

        assert [code for code, _ in said] == [128, 128, 128]
        assert "403" in said[1][1]
        assert (await try_git("ls-remote", anonymous))[0] == 128
        assert await world.hub.bare(world.repo).branch("x") is None


async def test_a_push_that_breaks_off_does_not_hold_up_the_next(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        clone, url, bare = tmp_path / "clone", URL(world.remote(world.kim)), world.hub.bare(world.repo)
        await git("clone", "--quiet", str(url), str(clone))
        credentials = base64.b64encode(f"{url.user}:{url.password}".encode()).decode()
        head = (
            f"POST {url.path}/git-receive-pack HTTP/1.1",
            f"Host: {url.host}:{url.port}",
            f"Authorization: Basic {credentials}",
            "Content-Type: application/x-git-receive-pack-request",
            "Content-Length: 500",
        )
        _, broken = await asyncio.open_connection(url.host, url.port)
        broken.write("\r\n".join((*head, "", "0091")).encode())
        await asyncio.to_thread(eventually, bare.turn.locked, "a push under way")

        broken.close()

        async with asyncio.timeout(20):
            await git("push", "--quiet", "origin", "HEAD:refs/heads/next", cwd=clone)
        assert await bare.branch("next")


async def test_an_app_does_not_push_workflows(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        clone = tmp_path / "clone"
        await git("clone", "--quiet", world.remote(world.token), str(clone))
        (clone / ".github" / "workflows").mkdir(parents=True)
        (clone / ".github" / "workflows" / "ci.yml").write_text("on: push\n")
        await git("add", ".", cwd=clone)
        await git("commit", "--quiet", "-m", "CI", cwd=clone)

        code, said = await try_git("push", "origin", "HEAD:refs/heads/ci", cwd=clone)

        assert code == 1
        assert "refusing to allow a GitHub App to create or update workflow" in said
        await git("push", "--quiet", world.remote(world.kim), "HEAD:refs/heads/ci", cwd=clone)


async def test_a_push_to_the_head_synchronizes_and_one_to_the_base_merges(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await world.pull("topic", {"b.txt": "two\n"})
        clone = tmp_path / "clone"
        await git("clone", "--quiet", "--branch", "topic", world.remote(world.kim), str(clone))
        await git("commit", "--quiet", "--allow-empty", "-m", "More", cwd=clone)
        head = (await git("rev-parse", "HEAD", cwd=clone)).strip()

        await git("push", "--quiet", "origin", "topic", cwd=clone)
        synchronized = await world.names()
        await git("push", "--quiet", "origin", "topic:main", cwd=clone)

        assert "pull_request.synchronize" in synchronized
        pull = (await world.api("GET", "{R}/pulls/1")).data
        assert (pull["merged"], pull["merge_commit_sha"], pull["head"]["sha"]) == (True, head, head)
        assert pull["merged_by"]["login"] == "kim"


async def test_a_pull_request_ref_is_not_for_pushing(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await world.pull("topic", {"b.txt": "two\n"})
        await git("clone", "--quiet", world.remote(world.kim), str(tmp_path / "clone"))

        code, said = await try_git("push", "--force", "origin", "HEAD:refs/pull/1/head", cwd=tmp_path / "clone")

        assert code == 1
        assert "hidden ref" in said


async def test_a_forks_head_is_kept_in_the_base_repository(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        fork = await seed.fork(world.hub, world.repo, "guest")
        change = seed.Change({"b.txt": "forked\n"}, "From a fork", by="guest")
        sha = await seed.commit(world.hub, fork, "patch", change)
        proposal = Proposal("From a fork", None, "main", "guest:patch")

        pull = await seed.pull(world.hub, world.repo, proposal, by="guest")
        moved = await seed.commit(world.hub, fork, "patch", seed.Change({"b.txt": "again\n"}, "More", by="guest"))

        refs = await world.hub.bare(world.repo).refs()
        shown = (await world.api("GET", "{R}/pulls/1")).data
        assert (pull.head_sha, refs["refs/pull/1/head"], shown["head"]["sha"]) == (sha, moved, moved)
        assert shown["head"]["label"] == "guest:patch"
        assert (await world.api("GET", f"{{R}}/commits/{moved}/pulls")).data == []
        assert (await world.api("PUT", "{R}/pulls/1/merge")).status == 200
