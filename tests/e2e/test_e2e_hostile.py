"""Titles, names and texts come from strangers: they are carried along, and do nothing."""

import pytest

from tests.e2e.promised import await_all
from tests.e2e.shop import BOT, Shop, blob

pytestmark = pytest.mark.slow

LONGEST_TITLE = 256
TITLES = {
    "markdown": "**bold** [x](javascript:alert(1)) <img src=x onerror=alert(1)> | a | b | `code",
    "mentions": "@kim @acme/everyone please see #1 and GH-1, closes #1",
    "shell": "$(touch pwned) `touch pwned`; touch pwned && %0a ${IFS} \\n 'x' \"y\"",
    "options": "--force --upload-pack=/bin/sh -x",
    "unicode": "Grüße 日本語 🚀 e\u0301 \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "right to left": "\u202eevil\u202c \u05e9\u05dc\u05d5\u05dd \u2066x\u2069",
    "longest": "x" * LONGEST_TITLE,
    "a prefix of ours": "[conflict] [tier-2] [tier-1] web",
    "markers": "<<<<<<< HEAD ======= >>>>>>> <!-- tierkeeper:summary [] -->",
}
BRANCHES = (
    "$(id)", "`id`", "a;id", "a|b", "a'b", 'a"b', "a<b>c", "a%2e", "a#b", "a@b", "ünï/日本", "-", "refs/heads/x",
    "HEAD/x", "promote/tier-1/999", "gh-readonly-queue/tier-0/pr-1",
)  # fmt: skip
"""Half of them are what the bot may write about in a minute: six times in one installation for each."""
BODIES = {
    "trailers": "Promoted-From: evil/repo#1\n(cherry picked from commit 0000000)\nTierkeeper-Conflict: resolved",
    "html": "<details><summary>" * 40 + "<script>alert(1)</script> <!-- tierkeeper:moved -->",
    "newlines": "\r\n" * 50 + "end\x0b\x0c\u2028\u2029",
    "long": "x" * 65_536,
}


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_a_hostile_title_is_carried_and_does_nothing(shop: Shop, title: str) -> None:
    source = shop.merged(title, {"web.yaml": "image: web:v2\n"})

    pull = shop.promoted(source)

    plain = title.removeprefix("[conflict] [tier-2] [tier-1] ")
    full = f"[tier-1] {plain}"
    assert pull["title"] == (full if len(full) <= LONGEST_TITLE else f"{full[: LONGEST_TITLE - 1]}…")
    assert plain[:20] not in pull["body"]
    assert shop.tree(pull["head"]["sha"])["web.yaml"] == blob("image: web:v2\n")
    assert len(shop.kim.comments(source, BOT)) == 1


@pytest.mark.parametrize("branches", [BRANCHES[::2], BRANCHES[1::2]], ids=["even", "odd"])
def test_hostile_branch_names_are_names(shop: Shop, branches: tuple[str, ...]) -> None:
    sources: dict[int, dict[str, str]] = {}
    for branch in branches:
        shop.branch(branch)
        shop.write(branch, f"{len(sources)}.yaml", branch)
        sources[shop.offer("web: v2", branch)] = {f"{len(sources)}.yaml": branch}

    for source in sources:
        shop.kim.merge(source, "squash")

    await_all(shop, sources)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_hostile_body_is_carried_and_does_nothing(shop: Shop, body: str) -> None:
    source = shop.propose("web: v2", {"web.yaml": "image: web:v2\n"}, body=body)
    path = f"/repos/{shop.name}/pulls/{source}/merge"

    shop.kim.api.put(path, json={"merge_method": "squash", "commit_message": body}).raise_for_status()

    pull = shop.promoted(source)
    assert shop.judged(pull["head"]["sha"], "success")
    message = shop.commit(pull["head"]["sha"])["commit"]["message"]
    assert f"(cherry picked from commit {shop.pull(source)['merge_commit_sha']})" in message.splitlines()


def test_a_hostile_file_name_is_shown_as_text(shop: Shop) -> None:
    path = "a|b`c`<img src=x> @kim $(id).yaml"
    shop.write("tier-1", path, "theirs\n")

    source = shop.merged("names", {path: "ours\n"})

    shop.told(source, "conflict")
    (draft,) = shop.promotions(source)
    assert "| ``a\\|b`c`<img src=x> @kim $(id).yaml`` | add/add |" in draft["body"]
