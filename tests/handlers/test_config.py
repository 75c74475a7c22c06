"""A pull request that edits the rules file."""

from dataclasses import replace

import pytest

from bot.core.model import PullRequest
from tests import build
from tests.fakes import FakeGitHub, deliver
from tests.goldens import assert_golden

PATH = ".github/tierkeeper.yml"
EDIT = build.pull(40, state="open", merged_at=None, base="tier-0")
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


async def test_paths_that_hold_back_are_said_not_to_be_looked_at() -> None:
    github = FakeGitHub(pulls={1: build.pull(1), 2: build.pull(2, labels=("stay",))})
    skipping = build.RULES_TEXT + 'promotion: {skip: {paths: ["**"]}}\n'

    await edit(github, skipping)
    every = github.checks[KEY].summary
    await edit(github, skipping.replace("{paths", "{labels: [stay], paths"))
    some = github.checks[KEY].summary

    unseen = "What they touch was not looked at: `skip.paths` may hold more of them back."
    assert every.endswith(f"of the last 2 merged pull requests, no label would have kept any where it is. {unseen}")
    assert some.endswith(f"1 would have stayed where they are by label: #2. {unseen}")


@pytest.mark.parametrize(
    ("text", "conclusion"), [(build.RULES_TEXT, "success"), ("version: 1\ntears: []\n", "failure")]
)
async def test_on_a_branch_it_is_not_read_from_a_file_is_said_to_change_nothing(text: str, conclusion: str) -> None:
    github = FakeGitHub()

    await edit(github, text, replace(EDIT, base="tier-1"))

    run = github.checks[KEY]
    opening = "Only the file on `tier-0`, the default branch, counts: merged into `tier-1`, this one changes nothing"
    assert run.conclusion == conclusion
    assert run.summary.startswith(opening)
    assert "promotions would stop" not in run.summary


async def test_a_tier_whose_branch_is_not_there_is_warned_of() -> None:
    github = FakeGitHub()
    del github.tips["tier-2"]

    await edit(github, build.RULES_TEXT)

    run = github.checks[KEY]
    assert (run.conclusion, run.title) == ("success", "In order: 3 tiers, 1 without a branch")
    assert "| `tier-2` | `tier-2` ⚠ is not there: nothing is promoted to this tier before it is |" in run.summary


RENAMED = build.RULES_TEXT.replace("{name: tier-1}", "{name: staging, branch: tier-1}")


async def test_open_promotions_into_a_tier_that_is_renamed_are_warned_of() -> None:
    waiting = build.promotion_pull(state="open", merged_at=None)
    others = {14: build.promotion_pull(14, tier="tier-2", state="open", merged_at=None)}
    topic = build.pull(15, base="tier-1", state="open", merged_at=None)
    github = FakeGitHub(pulls={13: waiting, **others, 15: topic})

    await edit(github, RENAMED)

    run = github.checks[KEY]
    assert_golden("check_config_renamed.md", f"{run.title}\n\n{run.summary}")


@pytest.mark.parametrize("rules", [None, "version: 1\ntears: []\n", build.RULES_TEXT])
async def test_where_nothing_is_renamed_nothing_is_warned_of(rules: str | None) -> None:
    github = FakeGitHub(rules=rules, pulls={13: build.promotion_pull(state="open", merged_at=None)})

    await edit(github, RENAMED if rules != build.RULES_TEXT else build.RULES_TEXT + "promotion: {sign_off: true}\n")

    assert "open promotion" not in github.checks[KEY].summary


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
