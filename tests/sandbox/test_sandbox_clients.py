"""Two clients by other people drive the sandbox as they would GitHub: open, comment, label, review, check, merge."""

import asyncio
from pathlib import Path

import pytest
from github import Auth, Github, GithubException
from githubkit import GitHub, TokenAuthStrategy

from tests.sandbox.sandbox_world import World, new_world

pytestmark = pytest.mark.slow
METHODS = ("merge", "squash", "rebase")


async def branches(world: World) -> None:
    """Make a branch to merge by each method."""
    for method in METHODS:
        await world.change(f"by-{method}", {f"{method}.txt": "new\n"}, f"Add {method}")


def with_pygithub(client: Github, person: Github, method: str) -> bool:
    """Take one pull request from its opening to its branch's end."""
    repo = client.get_repo("acme/shop")
    pull = repo.create_pull(base="main", head=f"by-{method}", title=f"By {method}", body="Body")
    issue = pull.as_issue()
    comment = issue.create_comment("First")
    comment.edit("Second")
    comment.create_reaction("eyes")
    pull.add_to_labels("promotion", "tier/tier-1")
    pull.remove_from_labels("tier/tier-1")
    pull.create_review_request(reviewers=["sam"])
    person.get_repo("acme/shop").get_pull(pull.number).create_review(body="Fine", event="APPROVE")
    run = repo.create_check_run("gate", pull.head.sha, status="in_progress")
    run.edit(status="completed", conclusion="success", output={"title": "t", "summary": "s"})
    found = repo.get_commit(pull.head.sha).get_check_runs(check_name="gate")
    assert [one.conclusion for one in found] == ["success"]
    assert [one.body for one in issue.get_comments()] == ["Second"]
    assert [one.filename for one in pull.get_files()] == [f"{method}.txt"]
    assert [one.state for one in pull.get_reviews()] == ["APPROVED"]
    merged = pull.merge(merge_method=method, sha=pull.head.sha).merged
    repo.get_git_ref(f"heads/by-{method}").delete()
    pull.update()
    return bool(merged and pull.merged and [label.name for label in pull.labels] == ["promotion"])


async def test_pygithub_takes_pull_requests_from_opening_to_merge(tmp_path: Path) -> None:
    # PyGithub sends labels as a bare list and their slashes unquoted; GitHub takes both, and describes neither.
    async with new_world(tmp_path, free=True) as world:
        await branches(world)
        client, person = (
            Github(
                base_url=world.hub.api,
                auth=Auth.Token(token),
                retry=None,
                seconds_between_requests=0,
                seconds_between_writes=0,
            )
            for token in (world.token, world.kim)
        )

        done = [await asyncio.to_thread(with_pygithub, client, person, method) for method in METHODS]
        with pytest.raises(GithubException) as caught:
            await asyncio.to_thread(client.get_repo, "acme/nope")
        client.close()
        person.close()

        assert done == [True, True, True]
        assert caught.value.status == 404
        left = {one["name"] for one in (await world.api("GET", "{R}/branches")).data}
        assert left == {"main"}


async def with_githubkit(world: World, method: str) -> bool:
    """Take one pull request from its opening to its branch's end; each answer is parsed into its typed model."""
    at = ("acme", "shop")
    async with GitHub(TokenAuthStrategy(world.token), base_url=world.hub.api, http_cache=False) as client:
        rest = client.rest
        opened = await rest.pulls.async_create(*at, title=method, head=f"by-{method}", base="main")
        pull = opened.parsed_data
        comment = (await rest.issues.async_create_comment(*at, pull.number, body="First")).parsed_data
        await rest.issues.async_update_comment(*at, comment.id, body="Second")
        await rest.issues.async_add_labels(*at, pull.number, labels=["promotion"])
        run = (await rest.checks.async_create(*at, name="gate", head_sha=pull.head.sha, status="queued")).parsed_data
        await rest.checks.async_update(*at, run.id, status="completed", conclusion="success")
        runs = (await rest.checks.async_list_for_ref(*at, pull.head.sha)).parsed_data
        comments = (await rest.issues.async_list_comments(*at, pull.number)).parsed_data
        await rest.pulls.async_create_review(*at, pull.number, event="COMMENT", body="Seen")
        merge = await rest.pulls.async_merge(*at, pull.number, merge_method=method)
        await rest.git.async_delete_ref(*at, f"heads/by-{method}")
        after = (await rest.pulls.async_get(*at, pull.number)).parsed_data
    assert [one.body for one in comments] == ["Second"]
    assert [one.conclusion for one in runs.check_runs] == ["success"]
    return bool(merge.parsed_data.merged and after.merged)


async def test_githubkit_takes_pull_requests_from_opening_to_merge(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await branches(world)

        done = [await with_githubkit(world, method) for method in METHODS]

        assert done == [True, True, True]
        assert (await world.names()).count("pull_request.closed") == 3
