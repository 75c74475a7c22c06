"""The sandbox says no where GitHub does, in GitHub's words."""

from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.sandbox_world import World, new_world

pytestmark = pytest.mark.slow
LONG = "x" * 65_537
NEW_PULL = {"title": "t", "head": "topic", "base": "main"}
RUN = {"name": "n", "head_sha": "topic"}
FAT = {"title": "t", "summary": "é" * 40_000}
WORDY = {"label": "l" * 21, "description": "d", "identifier": "i"}
FILE = {"message": "m", "content": "aGk="}
REFUSED: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("POST", "{R}/pulls", NEW_PULL, 422, "A pull request already exists for acme:topic."),
    ("POST", "{R}/pulls", {**NEW_PULL, "base": "x"}, 422, "Proposed base branch 'x' was not found"),
    ("POST", "{R}/pulls", {**NEW_PULL, "head": "same"}, 422, "No commits between main and same"),
    ("POST", "{R}/pulls", {**NEW_PULL, "head": "x"}, 422, "head is invalid"),
    ("POST", "{R}/pulls", {**NEW_PULL, "body": LONG}, 422, "body is too long (maximum is 65536 characters)"),
    ("POST", "{R}/issues/1/comments", {"body": LONG}, 422, "body is too long (maximum is 65536 characters)"),
    ("POST", "{R}/issues/1/comments", {"body": " "}, 422, "Body can't be blank"),
    ("POST", "{R}/issues/99/comments", {"body": "b"}, 404, "Not Found"),
    ("DELETE", "{R}/issues/1/labels/nope", {}, 404, "Label does not exist"),
    ("POST", "{R}/labels", {"name": "PROMOTION"}, 422, "already_exists"),
    ("PUT", "{R}/pulls/1/merge", {"sha": "0" * 40}, 409, "Head branch was modified. Review and try the merge again."),
    ("PUT", "{R}/pulls/2/merge", {}, 405, "Pull Request is still a draft"),
    ("PUT", "{R}/pulls/3/merge", {}, 405, "Pull Request is not mergeable"),
    ("PUT", "{R}/pulls/3/merge", {"merge_method": "rebase"}, 405, "This branch can't be rebased"),
    ("PUT", "{R}/pulls/1/merge", {"merge_method": "fly"}, 422, "fly is not a member of"),
    ("PUT", "{R}/pulls/1/update-branch", {"expected_head_sha": "1" * 40}, 422, "expected head sha didn't match"),
    ("POST", "{R}/check-runs", {**RUN, "status": "completed"}, 422, '"conclusion" wasn\'t supplied.'),
    ("POST", "{R}/check-runs", {**RUN, "head_sha": "f" * 40}, 422, "No commit found for SHA"),
    ("POST", "{R}/check-runs", {**RUN, "output": FAT}, 422, "maximum bytesize of 65535"),
    ("POST", "{R}/check-runs", {**RUN, "actions": [WORDY]}, 422, "Only 20 characters"),
    ("POST", "{R}/git/refs", {"ref": "refs/heads/topic", "sha": "topic"}, 422, "must be exactly 40 characters"),
    ("DELETE", "{R}/git/refs/heads/nope", {}, 422, "Reference does not exist"),
    ("GET", "{R}/git/ref/heads/nope", {}, 404, "Not Found"),
    ("GET", "{R}/branches/nope", {}, 404, "Branch not found"),
    ("GET", "{R}/contents/nope.txt", {}, 404, "Not Found"),
    ("PUT", "{R}/contents/a.txt", FILE, 422, '"sha" wasn\'t supplied.'),
    ("PUT", "{R}/contents/.github/workflows/x.yml", FILE, 403, "Resource not accessible by integration"),
    ("GET", "/repos/acme/nope", {}, 404, "Not Found"),
]


async def prepare(world: World) -> None:
    """Open one pull request that merges, one draft and one that conflicts."""
    await world.pull("topic", {"b.txt": "two\n"})
    await world.pull("draft", {"d.txt": "d\n"}, draft=True)
    await world.pull("clash", {"a.txt": "theirs\n"})
    await world.change("main", {"a.txt": "ours\n"})
    await world.api("POST", "{R}/labels", name="promotion")
    main = (await world.api("GET", "{R}/git/ref/heads/main")).data["object"]["sha"]
    await world.api("POST", "{R}/git/refs", ref="refs/heads/same", sha=main)


async def test_each_refusal_has_githubs_words(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await prepare(world)

        said = [(await world.api(method, path, **sent), status, words) for method, path, sent, status, words in REFUSED]

        assert [(reply.status, words) for reply, _, words in said] == [(status, words) for _, status, words in said]
        assert [words for reply, _, words in said if words not in _text(reply.data)] == []
        assert all(reply.data["documentation_url"] for reply, _, _ in said)


def _text(data: dict[str, Any]) -> str:
    errors = data.get("errors", [])
    parts = [part for error in errors for part in (error.values() if isinstance(error, dict) else [error])]
    return " ".join([data["message"], *map(str, parts)])
