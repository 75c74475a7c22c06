"""Files and branches, read without a clone."""

import pytest

from bot.core import rules
from bot.core.model import Refused
from tests.edge.github_stage import (
    REPO,
    TOKENS,
    Reply,
    file_json,
    staged,
)

P = "/repos/acme/shop"
RULES = f"GET {P}/contents/.github/tierkeeper.yml"
SHARED_RULES = "GET /repos/acme/.github/contents/.github/tierkeeper.yml"


async def test_rules_of_the_owner_stand_in_for_missing_ones() -> None:
    async with staged() as (stage, github):
        stage.on(SHARED_RULES, Reply(file_json("version: 1\n")))

        text = await github.rules_text(REPO)

        assert text == "version: 1\n"
        narrow = {"repositories": [".github"], "permissions": {"contents": "read", "metadata": "read"}}
        assert stage.bodies(TOKENS)[-1] == narrow


async def test_an_owner_without_shared_rules_has_none() -> None:
    async with staged() as (_, github):
        assert await github.rules_text(REPO) is None


async def test_an_owners_repository_out_of_our_reach_is_no_error() -> None:
    async with staged() as (stage, github):
        await github.token(REPO)
        stage.on(TOKENS, Reply({"message": "There is at least one repository that does not exist"}, 422))

        assert await github.rules_text(REPO) is None


async def test_the_last_commit_to_touch_the_rules_is_known() -> None:
    async with staged() as (stage, github):
        stage.on(f"GET {P}/commits", Reply([{"sha": "a" * 40}]))

        assert await github.rules_commit(REPO) == "a" * 40
        assert stage.seen[-1].query == {"path": rules.PATH, "per_page": "1"}


async def test_the_last_commit_to_touch_the_rules_of_the_owner_stands_in() -> None:
    async with staged() as (stage, github):
        stage.on(f"GET {P}/commits", Reply([]))
        stage.on("GET /repos/acme/.github/commits", Reply([{"sha": "b" * 40}]))

        assert await github.rules_commit(REPO) == "b" * 40


@pytest.mark.parametrize("shared", [Reply([]), Reply({"message": "Git Repository is empty."}, 409)])
async def test_rules_that_never_were_have_no_commit(shared: Reply) -> None:
    async with staged() as (stage, github):
        stage.on(f"GET {P}/commits", Reply([]))
        stage.on("GET /repos/acme/.github/commits", shared)

        assert await github.rules_commit(REPO) is None


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (file_json(b"version: 1\ntiers: \xff"), "2:8: expected UTF-8 text, found a byte that is none"),
        ({"type": "file", "encoding": "none", "content": ""}, "1:1: expected at most 64 KB, found 1024 KB"),
    ],
)
async def test_a_rules_file_that_cannot_be_read_is_for_its_reader_to_judge(
    answer: dict[str, object], problem: str
) -> None:
    async with staged() as (stage, github):
        stage.on(RULES, Reply(answer))

        text = await github.rules_text(REPO)

        assert text is not None
        with pytest.raises(rules.Invalid, match=problem):
            rules.parse(text)


@pytest.mark.parametrize("answer", [[], {"type": "symlink", "target": "/etc/passwd"}, {"type": "submodule"}])
async def test_what_is_no_file_is_no_file(answer: object) -> None:
    async with staged() as (stage, github):
        stage.on(f"GET {P}/contents/overlays", Reply(answer))

        assert await github.file(REPO, "overlays", ref="main") is None


async def test_a_file_is_read_at_a_ref() -> None:
    async with staged() as (stage, github):
        stage.on(f"GET {P}/contents/a%20b/c%3Fd%23%7B%2Bx%7D%25.yml", Reply(file_json("x")))

        text = await github.file(REPO, "a b/c?d#{+x}%.yml", ref="feature/tea")

        assert text == "x"
        assert stage.seen[-1].query == {"ref": "feature/tea"}


@pytest.mark.parametrize("path", ["../../../user", "a/./b", "a//b", ""])
async def test_a_path_leads_nowhere_else(path: str) -> None:
    async with staged() as (stage, github):
        with pytest.raises(Refused):
            await github.file(REPO, path, ref="main")

        assert stage.calls() == [TOKENS]


@pytest.mark.parametrize("status", [404, 409])
async def test_a_branch_that_is_not_there_has_no_tip(status: int) -> None:
    async with staged() as (stage, github):
        stage.on(f"GET {P}/git/ref/heads/feature/tea", Reply({"message": "no"}, status))

        assert await github.tip(REPO, "feature/tea") is None
