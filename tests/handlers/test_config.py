"""A pull request that edits the rules file."""

from dataclasses import replace

import pytest

from bot.core.model import PullRequest
from tests import build
from tests.fakes import FakeGitHub, deliver
from tests.goldens import assert_golden

PATH = ".github/tierkeeper.yml"
EDIT = build.pull(40, state="open", merged_at=None, base="docs")
KEY = ("tierkeeper/config", EDIT.head_sha)


async def edit(github: FakeGitHub, text: str | None, pull: PullRequest = EDIT) -> None:
    """Deliver a pull request that leaves the rules file with this text."""
    github.changed[pull.number] = (PATH,)
    if text is not None:
        github.files[pull.head_sha, PATH] = text
    event = build.pull_event("opened", pull)
    await deliver(event, github)


async def test_a_broken_file_is_annotated_on_its_lines() -> None:
    github = FakeGitHub()

    await edit(github, "version: 1\ntiers:\n  - {name: tier-0, brnach: x}\n")

    run = github.checks[KEY]
    assert run.conclusion == "failure"
    assert [(one.path, one.line) for one in run.annotations] == [(PATH, 3)]
    assert_golden("check_config_broken.md", f"{run.title}\n\n{run.summary}")


async def test_a_sound_file_is_tried_on_recent_merges() -> None:
    merged = {1: build.pull(1), 2: build.pull(2, labels=("no-promote",)), 3: build.pull(3, base="tier-2")}
    github = FakeGitHub(pulls=merged)

    await edit(github, build.RULES_TEXT + "promotion: {skip: {labels: [no-promote]}}\n")

    run = github.checks[KEY]
    assert run.conclusion == "success"
    assert_golden("check_config_sound.md", f"{run.title}\n\n{run.summary}")


async def test_a_sound_file_that_holds_nothing_back() -> None:
    github = FakeGitHub(pulls={1: build.pull(1)})

    await edit(github, build.RULES_TEXT)

    assert "all would be offered" in github.checks[KEY].summary


async def test_a_removed_file_is_told_as_such() -> None:
    github = FakeGitHub()

    await edit(github, None)

    assert github.checks[KEY].title == "Without rules nothing is promoted"


async def test_a_replay_changes_nothing() -> None:
    github = FakeGitHub()
    await edit(github, build.RULES_TEXT)
    before = dict(github.checks)

    await edit(github, build.RULES_TEXT)

    assert github.checks == before


@pytest.mark.parametrize("open_still", [True, False])
async def test_a_person_may_ask_for_another_run(*, open_still: bool) -> None:
    github = FakeGitHub(pulls={40: replace(EDIT, state="open" if open_still else "closed")})
    await edit(github, build.RULES_TEXT)
    run = github.checks[KEY]
    asked = {"app": {"id": build.APP.id}, "name": run.name, "external_id": run.external_id, "head_sha": run.head_sha}

    for event in (build.event("check_run", "rerequested", {"check_run": asked}), build.all_again(EDIT.head_sha)):
        github.checks, github.queued = {KEY: run}, {EDIT.head_sha}
        await deliver(event, github)

        assert github.queued == (set() if open_still else {EDIT.head_sha})


async def test_other_pull_requests_get_no_such_check() -> None:
    github = FakeGitHub()
    event = build.pull_event("opened", EDIT)

    await deliver(event, github)

    assert KEY not in github.checks
