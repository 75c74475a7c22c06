"""Everything the sandbox says has GitHub's published shape. Each test's traffic is judged too, when its world ends."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.sandbox_world import CONTRACT, checker, new_world, problems

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CONTRACT.exists(), reason="GitHub's description does not lie beside the project"),
]
READS = (
    "/rate_limit", "/meta", "/users/kim", "/users/keeper[bot]", "/apps/keeper", "/installation/repositories", "{R}",
    "{R}/branches", "{R}/branches/topic", "{R}/collaborators/kim/permission", "{R}/contents/a.txt", "{R}/contents/",
    "{R}/contents/d?ref=topic", "{R}/commits", "{R}/commits/topic", "{R}/commits/topic/pulls",
    "{R}/compare/main...topic", "{R}/git/ref/heads/topic", "{R}/git/matching-refs/heads/", "{R}/labels",
    "{R}/git/trees/topic?recursive=1", "{R}/pulls", "{R}/pulls/1", "{R}/pulls/1/files", "{R}/pulls/1/commits",
    "{R}/pulls/1/reviews", "{R}/pulls/1/requested_reviewers", "{R}/issues", "{R}/issues/1", "{R}/issues/1/labels",
    "{R}/issues/1/comments", "{R}/commits/topic/check-runs", "{R}/commits/topic/check-suites",
    "{R}/commits/topic/status", "{R}/commits/topic/statuses", "{R}/deployments",
)  # fmt: skip


async def test_every_answer_and_webhook_has_githubs_shape(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        pull = await world.pull("topic", {"a.txt": "1\n2\n3\n4\n", "d/e.txt": "new\n"})
        writes: list[tuple[str, str, dict[str, Any]]] = [
            ("POST", "{R}/issues/1/comments", {"body": "hello"}),
            ("POST", "{R}/issues/1/labels", {"labels": ["promotion", "tier/tier-1"]}),
            ("DELETE", "{R}/issues/1/labels/tier%2Ftier-1", {}),
            ("POST", "{R}/labels", {"name": "blue", "color": "0000ff", "description": "d"}),
            ("PATCH", "{R}/labels/blue", {"new_name": "navy"}),
            ("POST", "{R}/issues/1/assignees", {"assignees": ["sam", "nobody"]}),
            ("POST", "{R}/pulls/1/requested_reviewers", {"reviewers": ["sam"]}),
            ("POST", "{R}/pulls/1/reviews", {"event": "APPROVE", "body": "fine"}),
            ("PATCH", "{R}/pulls/1", {"title": "Another title"}),
            ("POST", "{R}/check-runs", {"name": "build", "head_sha": pull.head_sha, "conclusion": "success"}),
            ("POST", f"{{R}}/statuses/{pull.head_sha}", {"state": "success", "context": "ci"}),
            ("POST", "{R}/deployments", {"ref": "topic", "environment": "staging"}),
            ("PUT", "{R}/contents/z.txt", {"message": "m", "content": "aGk=", "branch": "topic"}),
        ]

        written = [await world.api(method, path, **sent) for method, path, sent in writes]
        read = [(await world.api("GET", path)).status for path in READS]
        merged = await world.api("PUT", "{R}/pulls/1/merge", merge_method="squash")
        app = [(await world.api("GET", path, by=world.signature())).status for path in ("/app", "/app/installations")]

        assert [reply.status for reply in written] == [201, 200, 200, 201, 200, 201, 201, 200, 200, 201, 201, 201, 201]
        assert set(read) == {200}
        assert (merged.status, app) == (200, [200, 200])
        assert {"pull_request.closed", "push", "check_run.completed", "status"} <= set(await world.names())


async def test_the_judge_is_awake(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await world.pull("topic", {"a.txt": "2\n"})
        await world.api("GET", "{R}/pulls/1")
        await world.quiet()
        wrong = json.loads(json.dumps(world.exchanges[-1]))
        del wrong["response_body"]["merge_commit_sha"]

        found = problems([wrong], [])

        assert problems(world.exchanges, world.hooks) == []
        assert len(found) == 1
        assert "merge_commit_sha" in found[0]
        assert checker() is not None
