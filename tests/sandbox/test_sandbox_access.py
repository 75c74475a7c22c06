"""Who may do what: signatures, tokens and their hour, narrowing, permissions, people."""

from pathlib import Path
from typing import Any

import pytest

from sandbox import seed
from tests.sandbox.sandbox_world import new_world

pytestmark = pytest.mark.slow
TABLE: list[tuple[str, str, dict[str, Any], str]] = [
    ("GET", "{R}/contents/a.txt", {}, "contents=read"),
    ("GET", "{R}/branches/main", {}, "contents=read"),
    ("PUT", "{R}/pulls/1/merge", {}, "contents=write"),
    ("POST", "{R}/git/refs", {"ref": "refs/heads/x", "sha": "0" * 40}, "contents=write"),
    ("GET", "{R}/pulls", {}, "pull_requests=read"),
    ("GET", "{R}/pulls/1", {}, "pull_requests=read; contents=read"),
    ("POST", "{R}/pulls", {"title": "t", "head": "topic", "base": "main"}, "pull_requests=write"),
    ("POST", "{R}/issues/1/comments", {"body": "b"}, "issues=write; pull_requests=write"),
    ("POST", "{R}/issues/1/labels", {"labels": ["a"]}, "issues=write; pull_requests=write"),
    ("POST", "{R}/check-runs", {"name": "n", "head_sha": "main"}, "checks=write"),
    ("GET", "{R}/commits/main/check-runs", {}, "checks=read"),
    ("GET", "{R}/commits/main/status", {}, "statuses=read"),
    ("POST", "{R}/deployments", {"ref": "main"}, "deployments=write"),
]


async def test_a_token_without_the_permission_is_told_which_one(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await world.pull("topic", {"b.txt": "two\n"})
        poor = await world.new_token(permissions={"metadata": "read"})

        replies = [await world.api(method, path, by=poor, **sent) for method, path, sent, _ in TABLE]

        assert {reply.status for reply in replies} == {403}
        assert {reply.data["message"] for reply in replies} == {"Resource not accessible by integration"}
        assert [reply.headers["x-accepted-github-permissions"] for reply in replies] == [row[3] for row in TABLE]
        assert (await world.api("GET", "{R}", by=poor)).status == 200


async def test_reading_is_not_writing(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await world.pull("topic", {"b.txt": "two\n"})
        reader = await world.new_token(permissions={"contents": "read", "pull_requests": "write"})

        merge = await world.api("PUT", "{R}/pulls/1/merge", by=reader)

        assert merge.status == 403
        assert (await world.api("GET", "{R}/pulls/1")).data["merged"] is False


async def test_a_token_narrowed_to_another_repository_sees_nothing(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await seed.repository(world.hub, "acme/other", private=True)
        elsewhere = await world.new_token(repositories=["other"])

        reply = await world.api("GET", "{R}", by=elsewhere)
        listed = await world.api("GET", "/installation/repositories", by=elsewhere)

        assert reply.status == 404
        assert [repo["name"] for repo in listed.data["repositories"]] == ["other"]


async def test_a_token_cannot_ask_for_more_than_was_granted(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        path = f"/app/installations/{world.installation.id}/access_tokens"

        greedy = await world.api("POST", path, by=world.signature(), permissions={"workflows": "write"})
        lost = await world.api("POST", path, by=world.signature(), repositories=["nope"])

        assert (greedy.status, lost.status) == (422, 422)
        assert greedy.data["message"] == "The permissions requested are not granted to this installation."


async def test_a_token_dies_after_an_hour(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        before = await world.api("GET", "{R}")
        world.hub.shift(3601)

        after = await world.api("GET", "{R}")

        assert (before.status, after.status) == (200, 401)
        assert after.data["message"] == "Bad credentials"


async def test_a_token_has_todays_form(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        token = await world.new_token()

        assert token.startswith(f"ghs_{world.app.id}_")
        assert len(token) > 450
        assert token.count(".") == 2


async def test_a_bad_signature_is_refused(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        good = world.signature()
        head, claims, proof = good.split(".")
        bad = [
            f"{head}.{claims}.{proof[::-1]}",
            world.signature(exp=1),
            world.signature(exp=2**33),
            world.signature(iat=2**33),
            world.signature(iss="nobody"),
            world.token,
            world.kim,
            "nonsense",
        ]

        statuses = [(await world.api("GET", "/app", by=value)).status for value in bad]

        assert set(statuses) == {401}
        assert (await world.api("GET", "/app", by=good)).status == 200
        assert (await world.api("GET", "/app", by=world.signature(iss=world.app.client_id))).status == 200


async def test_a_persons_role_decides(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await world.pull("topic", {"b.txt": "two\n"})
        guest, stranger = seed.token(world.hub, "guest"), seed.token(world.hub, "stranger")

        merge = await world.api("PUT", "{R}/pulls/1/merge", by=guest)
        comment = await world.api("POST", "{R}/issues/1/comments", by=guest, body="may I?")
        hidden = await world.api("GET", "{R}", by=stranger)
        role = await world.api("GET", "{R}/collaborators/stranger/permission")

        assert (merge.status, comment.status, hidden.status) == (403, 201, 404)
        assert (role.data["permission"], comment.data["performed_via_github_app"]) == ("none", None)


async def test_limits_count_down_and_a_304_is_free(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        first = await world.api("GET", "{R}")
        again = await world.api("GET", "{R}", headers={"If-None-Match": first.headers["ETag"]})
        other = await world.api("GET", "{R}", by=world.kim, headers={"If-None-Match": first.headers["ETag"]})

        last = await world.api("GET", "{R}/branches")

        left = [int(reply.headers["X-RateLimit-Remaining"]) for reply in (first, last)]
        assert (again.status, other.status) == (304, 200)
        assert left[0] - left[1] == 1
        assert first.headers["ETag"].startswith('W/"')


async def test_pages_are_linked_by_repository_id(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        for number in range(3):
            await world.pull(f"topic-{number}", {f"{number}.txt": "n\n"})

        first = await world.api("GET", "{R}/pulls?per_page=2&state=open")
        following = first.headers["Link"].split(">")[0].removeprefix(f"<{world.hub.api}")
        second = await world.api("GET", following)

        assert following == f"/repositories/{world.repo.id}/pulls?per_page=2&state=open&page=2"
        assert [pull["number"] for pull in [*first.data, *second.data]] == [3, 2, 1]
