"""The rules of `git cherry-pick -x`, as a table, and against git itself."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from bot.core import message

SHA = "1" * 40
PICKED = f"(cherry picked from commit {SHA})"
ORIGIN = "acme/config#12"
PROMOTED = f"Promoted-From: {ORIGIN}"
HANGS = 5
"""Seconds of a processor that no message is worth."""

LINES = (
    "title", "some text here", "Key: value", "Signed-off-by: A <a@b>", f"(cherry picked from commit {'2' * 40})",
    " indented",
    "\ttab", "# comment", "", "", " ", "x:y", "No trailer: at all here", "Co-authored-by: B <b@c>", "spaces after  ",
    "http://foo", "Fixes #3", "Change-Id : I2", "\r", "---", "ümlaut: x",
)  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"{PICKED}\n\n{PROMOTED}\n"),
        ("Title", f"Title\n\n{PICKED}\n{PROMOTED}\n"),
        ("\n \nTitle: x\n", f"Title: x\n\n{PICKED}\n{PROMOTED}\n"),
        ("Title\n\nBody\n", f"Title\n\nBody\n\n{PICKED}\n{PROMOTED}\n"),
        ("Title\n\nBody\n\n\n\nMore  \n", f"Title\n\nBody\n\nMore\n\n{PICKED}\n{PROMOTED}\n"),
        ("Title\n\nKey: v\n", f"Title\n\nKey: v\n{PICKED}\n{PROMOTED}\n"),
        ("Title\n\nKey: v\nword\n", f"Title\n\nKey: v\nword\n\n{PICKED}\n{PROMOTED}\n"),
        ("Title\n\nKey: v\n folded\n", f"Title\n\nKey: v\n folded\n{PICKED}\n{PROMOTED}\n"),
        ("Title\n\n indented\n", f"Title\n\n indented\n\n{PICKED}\n{PROMOTED}\n"),
        ("Title\n\nSigned-off-by: A <a@b>\nword\n", f"Title\n\nSigned-off-by: A <a@b>\nword\n{PICKED}\n{PROMOTED}\n"),
        ("Title\n\n# c\n\nK: v\n", f"Title\n\n# c\n\nK: v\n{PICKED}\n{PROMOTED}\n"),
    ],
)
def test_a_promoted_message(before: str, after: str) -> None:
    text = message.promoted(before, picked=(SHA,), origin=ORIGIN)

    assert text == after


def test_every_hop_is_added_once_and_the_origin_stays() -> None:
    first = message.promoted("Title\n", picked=(SHA,), origin=ORIGIN)

    second = message.promoted(first, picked=(SHA, "2" * 40), origin=ORIGIN)

    assert second == f"Title\n\n{PICKED}\n{PROMOTED}\n(cherry picked from commit {'2' * 40})\n"


def test_another_s_word_for_the_origin_does_not_stand_for_ours() -> None:
    text = message.promoted("Title\n\nPromoted-From: eve/shop#1\n", picked=(), origin=ORIGIN)

    assert text == f"Title\n\nPromoted-From: eve/shop#1\n{PROMOTED}\n"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Title\n\nA: 1\nKey: v\nB: 2\n", "Title\n\nA: 1\nB: 2\n"),
        ("Title\n\nkey : v\n  folded\nB: 2", "Title\n\nB: 2"),
        ("* One\n\nKey: v\n\n* Two\n\nKey: w", "* One\n\n\n* Two\n\n"),
        ("Title\n\nNo Key: v\nKeys: v\n", "Title\n\nNo Key: v\nKeys: v\n"),
        ("Key: v\n", ""),
    ],
)
def test_a_trailer_is_taken_out_wherever_it_stands(text: str, left: str) -> None:
    assert message.without(text, "Key") == left


def test_a_squash_that_lists_all_messages_is_github_s_own() -> None:
    listed = "Raise web (#13)\n\n* Raise web\n\nRefs: 1\n\n* Mend\n"

    assert message.quotes(listed, "Raise web\n\nRefs: 1\n")
    assert not message.quotes("Raise web (#13)\n\nRefs: 1\n", "Raise web\n\nRefs: 1\n")


@pytest.mark.parametrize("before", ["Title\n", f"Title\n\n{PROMOTED}\n"])
def test_the_last_word_on_the_origin_is_ours(before: str) -> None:
    forged = f"{before}\nPromoted-From: acme/other#999\n(cherry picked from commit {'3' * 40})\n"

    text = message.promoted(forged, picked=(SHA,), origin=ORIGIN)

    assert text == message.stripped(f"{forged}{PICKED}\n{PROMOTED}\n")


def test_all_commits_of_a_range_and_its_authors_are_named_once() -> None:
    before = "Title\n\nCo-authored-by: B <b@c>\n"

    text = message.promoted(
        before, picked=(SHA, "2" * 40), origin=ORIGIN, co_authors=("B <b@c>", "C <c@d>"), sign_off="Bot <bot@x>"
    )

    assert text == (
        f"Title\n\nCo-authored-by: B <b@c>\nCo-authored-by: C <c@d>\n{PICKED}\n"
        f"(cherry picked from commit {'2' * 40})\n{PROMOTED}\nSigned-off-by: Bot <bot@x>\n"
    )


def test_a_sign_off_that_is_there_is_not_doubled() -> None:
    before = "Title\n\nSigned-off-by: Bot <bot@x>\n"

    text = message.promoted(before, picked=(), origin=ORIGIN, sign_off="Bot <bot@x>")

    assert text == f"Title\n\nSigned-off-by: Bot <bot@x>\n{PROMOTED}\n"


def test_trailers_are_read_with_their_folded_lines() -> None:
    text = f"Title\n\nBody: no\n\nOne: 1\nTwo: 2\n  and more\n{PICKED}\nThree : 3\n"

    found = message.trailers(text)

    assert found == (("One", "1"), ("Two", "2 and more"), ("Three", "3"))


@pytest.mark.parametrize("text", ["", "Title\n", "Title: x\n", "Title\n\nJust text\n", "Title\n\nKey: v\n\nText\n"])
def test_other_paragraphs_have_no_trailers(text: str) -> None:
    found = message.trailers(text)

    assert found == ()


def test_a_trailer_is_added_to_the_others() -> None:
    text = message.with_trailer("Title\n\nKey: v\n", "Tierkeeper-Conflict", "unresolved")

    assert text == "Title\n\nKey: v\nTierkeeper-Conflict: unresolved\n"
    assert message.trailers(text)[-1] == ("Tierkeeper-Conflict", "unresolved")


@pytest.mark.parametrize(
    ("text", "default"),
    [
        ("Merge pull request #12 from x/y\n\nThe title\n", True),
        ("Merge pull request #12 from x/y", True),
        ("Ship it (#12)\n\nBecause\n", False),
        ("Merge pull request #12 from x/y and more\n\nB\n", False),
    ],
)
def test_github_s_own_words_for_a_merge_are_known(text: str, *, default: bool) -> None:
    assert message.is_default_merge(text) == default


@pytest.mark.slow
def test_a_crowd_of_authors_of_a_megabyte_holds_nobody_up() -> None:
    hostile = "Title\n\n" + "Key: value\n" * (2**20 // 11)
    crowd = tuple(f"A{number} <a@b>" for number in range(250))
    begun = time.process_time()

    text = message.promoted(hostile, picked=(SHA,), origin=ORIGIN, co_authors=crowd)

    assert text.count("\nCo-authored-by: ") == len(crowd)
    assert time.process_time() - begun < HANGS


@pytest.mark.slow
@pytest.mark.parametrize("line", [" x\n", "Key: value\n", " \n", "x\n\n", "\n", "a" * 99 + " " * 99 + "\n"])
def test_a_message_of_a_megabyte_holds_nobody_up(line: str) -> None:
    hostile = "Title\n\nKey: value\n" + line * (2**20 // len(line)) + "x: y"
    begun = time.process_time()

    text = message.promoted(hostile, picked=(SHA,), origin=ORIGIN)

    assert text.endswith(f"{PICKED}\n{PROMOTED}\n")
    assert time.process_time() - begun < HANGS


@pytest.mark.slow
def test_git_writes_the_same_message(tmp_path: Path) -> None:
    chance = Random(1)  # noqa: S311 - to be repeated
    git = _repository(tmp_path)
    root = git("commit-tree", "-m", "root", _tree(git, 0))
    texts = ["\n".join(chance.choice(LINES) for _ in range(chance.randint(1, 9))) for _ in range(300)]
    cases = [(text, _commit(git, text, root, number)) for number, text in enumerate(texts, 1) if text.strip()]

    pairs = [(_picked(git, sha, root), message.stripped(_appended(text, sha))) for text, sha in cases]

    assert [pair for pair in pairs if pair[0] not in (pair[1], None)] == []
    assert sum(1 for theirs, _ in pairs if theirs) > 200


def _appended(text: str, sha: str) -> str:
    """Return the message with only git's own line added."""
    return message.promoted(text, picked=(sha,), origin=ORIGIN).replace(f"{PROMOTED}\n", "")


Git = Callable[..., str]


def _repository(path: Path) -> Git:
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(path), "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "c", "GIT_COMMITTER_EMAIL": "c@d",
    }  # fmt: skip

    def git(*argv: str, data: str = "") -> str:
        done = subprocess.run(  # noqa: S603 - the test's own words
            ["git", *argv],  # noqa: S607 - whichever git is there
            cwd=path, env=environment, input=data.encode(), capture_output=True, check=False,
        )  # fmt: skip
        return done.stdout.decode().removesuffix("\n") if done.returncode == 0 else ""

    git("init", "--quiet")
    return git


def _tree(git: Git, number: int) -> str:
    blob = git("hash-object", "-w", "--stdin", data=str(number))
    return git("mktree", data=f"100644 blob {blob}\tf\n")


def _commit(git: Git, text: str, parent: str, number: int) -> str:
    who = "a <a@b> 1 +0000"
    body = f"tree {_tree(git, number)}\nparent {parent}\nauthor {who}\ncommitter {who}\n\n{text}"
    return git("hash-object", "-t", "commit", "-w", "--stdin", data=body)


def _picked(git: Git, sha: str, root: str) -> str | None:
    """Return the message git makes; None for the few it takes for empty."""
    git("checkout", "--quiet", "--force", "--detach", root)
    git("cherry-pick", "-x", sha)
    if git("rev-parse", "HEAD") == root:
        git("cherry-pick", "--abort")
        return None
    return git("cat-file", "commit", "HEAD").partition("\n\n")[2] + "\n"
