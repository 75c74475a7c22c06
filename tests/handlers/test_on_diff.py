"""What a pull request changes for Argo CD, through the router: its comment and its check run."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.manifests import Failure, Side
from bot.core.model import Sha
from bot.core.overlays import Overlay
from bot.world import Reading
from tests import build
from tests.fakes import FakeGit, FakeGitHub, FakeRenderer, deliver

NAME = "tierkeeper/diff"
MARKER = "<!-- tierkeeper:diff"
OPEN = build.pull(13, base="tier-0", state="open", merged_at=None)
BASE = build.sha(0)
OLD = """\
apiVersion: v1
data:
  level: info
kind: ConfigMap
metadata:
  name: web
"""
NEW = OLD.replace("info", "debug")


def scene(
    before: str | Failure = OLD, after: str | Failure = NEW, **changes: Any
) -> tuple[FakeGitHub, FakeGit, FakeRenderer]:
    """Return an open pull request that changes an overlay so."""
    pull = replace(OPEN, **changes)
    made: dict[str, dict[str, str | Failure]] = {BASE: {"overlays/web": before}, pull.head_sha: {"overlays/web": after}}
    return FakeGitHub(pulls={pull.number: pull}), FakeGit(), FakeRenderer(made)


async def show(
    github: FakeGitHub, git: FakeGit, renderer: FakeRenderer, *, action: str = "opened", number: int = 13
) -> None:
    """Deliver an event about a pull request."""
    await deliver(build.pull_event(action, github.pulls[number]), github, git, renderer)


def comments(github: FakeGitHub, number: int = 13) -> list[str]:
    """Return what was said of the diff."""
    return [one.body for one in github.comments.get(number, ()) if MARKER in one.body]


@pytest.mark.parametrize("action", ["opened", "reopened", "synchronize"])
async def test_a_pull_request_shows_what_it_changes(action: str) -> None:
    github, git, renderer = scene()

    await show(github, git, renderer, action=action)

    (said,) = comments(github)
    run = github.checks[NAME, OPEN.head_sha]
    assert "-  level: info\n+  level: debug" in said
    assert "https://bot.test/diffs/13/0000...000d" in said
    assert (run.conclusion, run.external_id) == ("success", "pull:13")


async def test_a_replay_changes_nothing() -> None:
    github, git, renderer = scene()
    await show(github, git, renderer)
    before = (dict(github.checks), list(github.comments[13]))

    await show(github, git, renderer)

    assert (github.checks, github.comments[13]) == before


async def test_nothing_changed_is_said_by_the_check_alone() -> None:
    github, git, renderer = scene(OLD, OLD)

    await show(github, git, renderer)

    assert comments(github) == []
    assert github.checks[NAME, OPEN.head_sha].title == "No change in what Argo CD applies"


async def test_a_comment_that_is_no_longer_true_is_edited_to_say_so() -> None:
    github, git, renderer = scene()
    await show(github, git, renderer)
    renderer.made[OPEN.head_sha] = renderer.made[BASE]

    await show(github, git, renderer, action="synchronize")

    (said,) = comments(github)
    assert said.startswith("No change in what Argo CD applies")


async def test_the_result_for_an_older_head_is_dropped() -> None:
    github, git, renderer = scene()
    event = build.pull_event("synchronize", github.pulls[13])
    github.pulls[13] = replace(OPEN, head_sha=build.sha(99))

    await deliver(event, github, git, renderer)

    assert (comments(github), github.checks.get((NAME, OPEN.head_sha))) == ([], None)


@dataclass
class Interrupted(FakeRenderer):
    """A renderer that something happens to a pull request beside, once it has begun."""

    meanwhile: Callable[[], None] = lambda: None

    async def render(self, work: Reading, commit: Sha, overlay: Overlay, side: Side) -> str | Failure:
        text = await super().render(work, commit, overlay, side)
        self.meanwhile()
        return text


@pytest.mark.parametrize(
    "now", [{"state": "closed"}, {"head_sha": build.sha(99)}, {"base": "tier-1"}], ids=["closed", "pushed to", "moved"]
)
async def test_what_is_left_to_render_is_given_up_when_nobody_waits_for_it(now: dict[str, Any]) -> None:
    github, git, _ = scene()
    names = [f"overlays/{number}" for number in range(20)]
    made: dict[str, dict[str, str | Failure]] = {BASE: dict.fromkeys(names, OLD), OPEN.head_sha: {}}
    made[OPEN.head_sha] = dict.fromkeys(names, NEW)
    slow = Interrupted(made, takes=timedelta(seconds=20))
    slow.meanwhile = lambda: github.pulls.update({13: replace(OPEN, **now)})

    await deliver(build.pull_event("opened", OPEN), github, git, slow)

    assert len(slow.rendered) == 1
    assert (comments(github), github.checks.get((NAME, OPEN.head_sha))) == ([], None)


async def test_github_is_not_asked_before_each_of_many_quick_renderings() -> None:
    github, git, _ = scene()
    names = [f"overlays/{number}" for number in range(20)]
    made: dict[str, dict[str, str | Failure]] = {BASE: dict.fromkeys(names, OLD), OPEN.head_sha: {}}
    made[OPEN.head_sha] = dict.fromkeys(names, NEW)
    quick = Interrupted(made, takes=timedelta(milliseconds=200))
    quick.meanwhile = lambda: github.pulls.update({13: replace(OPEN, state="closed")})

    await deliver(build.pull_event("opened", OPEN), github, git, quick)

    assert len(quick.rendered) == 40
    assert comments(github) == []


async def test_a_failure_is_shown_fails_the_check_and_hides_nothing() -> None:
    failure = Failure("head", "no such file: c.yaml", "overlays/api/kustomization.yaml", 3)
    github, git, renderer = scene()
    renderer.made[BASE]["overlays/api"], renderer.made[OPEN.head_sha]["overlays/api"] = OLD, failure

    await show(github, git, renderer)

    (said,) = comments(github)
    run = github.checks[NAME, OPEN.head_sha]
    assert "no such file: c.yaml" in said
    assert "+  level: debug" in said
    assert run.conclusion == "failure"
    assert [(one.path, one.line) for one in run.annotations] == [("overlays/api/kustomization.yaml", 3)]


async def test_a_danger_is_pinned_to_the_line_that_brings_it() -> None:
    scaled = OLD.replace("v1", "apps/v1").replace("ConfigMap", "Deployment").replace("data:\n  level: info", "spec: {}")
    github, git, renderer = scene(scaled, scaled.replace("spec: {}", "spec:\n  replicas: 0"))
    source = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec: {replicas: 0}\n"
    head = git.files.commit({"base/web.yaml": source})
    github.pulls[13] = replace(OPEN, head_sha=head)
    renderer.made[head] = renderer.made[OPEN.head_sha]
    git.made = build.change(paths=("base/web.yaml", "base/gone.yaml", "README.md"))

    await show(github, git, renderer)

    assert [(one.path, one.line, one.level) for one in github.checks[NAME, head].annotations] == [
        ("base/web.yaml", 4, "warning")
    ]


async def test_an_edited_title_renders_nothing_and_another_base_does() -> None:
    github, git, renderer = scene()
    event = build.pull_event("edited", github.pulls[13])

    await deliver(event, github, git, renderer)
    titled = dict(github.checks)
    event.data["changes"] = {"base": {"ref": {"from": "docs"}}}
    await deliver(event, github, git, renderer)

    assert (NAME, OPEN.head_sha) not in titled
    assert (NAME, OPEN.head_sha) in github.checks


@pytest.mark.parametrize("changes", [{"base": "docs"}, {"state": "closed"}])
async def test_other_branches_and_closed_ones_are_left_alone(changes: dict[str, Any]) -> None:
    github, git, renderer = scene(**changes)

    await show(github, git, renderer)

    assert (NAME, OPEN.head_sha) not in github.checks


@pytest.mark.parametrize("rules", [None, "version: 2\n"])
async def test_without_sound_rules_nothing_is_rendered(rules: str | None) -> None:
    github, git, renderer = scene()
    github.rules = rules

    await show(github, git, renderer)

    assert (NAME, OPEN.head_sha) not in github.checks


async def test_a_branch_that_is_gone_is_no_base() -> None:
    github, git, renderer = scene()
    del github.tips["tier-0"]

    await show(github, git, renderer)

    assert github.checks == {}


async def test_a_locked_pull_request_still_gets_its_check() -> None:
    github, git, renderer = scene()
    github.refuse_comments = True

    await show(github, git, renderer)

    assert (NAME, OPEN.head_sha) in github.checks


async def test_a_person_may_ask_for_another_run() -> None:
    github, git, renderer = scene()
    github.queued.add(OPEN.head_sha)
    asked = {"app": {"id": build.APP.id}, "name": NAME, "external_id": "pull:13", "head_sha": OPEN.head_sha}

    await deliver(build.event("check_run", "rerequested", {"check_run": asked}), github, git, renderer)

    assert (NAME, OPEN.head_sha) in github.checks
    assert github.queued == set()


async def test_a_person_may_ask_for_another_run_of_all_checks() -> None:
    github, git, renderer = scene()
    await show(github, git, renderer)
    run = github.checks[NAME, OPEN.head_sha]
    github.checks, github.queued = {(NAME, OPEN.head_sha): run}, {OPEN.head_sha}

    await deliver(build.all_again(OPEN.head_sha), github, git, renderer)

    assert github.queued == set()


@pytest.mark.parametrize("changes", [{"external_id": "pull:99"}, {"name": "lint"}, {"app": {"id": 1}}])
async def test_another_check_or_pull_request_is_not_ours_to_run(changes: dict[str, Any]) -> None:
    github, git, renderer = scene()
    asked = {"app": {"id": build.APP.id}, "name": NAME, "external_id": "pull:13", "head_sha": OPEN.head_sha, **changes}

    await deliver(build.event("check_run", "rerequested", {"check_run": asked}), github, git, renderer)

    assert github.checks == {}


@pytest.mark.parametrize(
    ("branch", "rules", "expected"),
    [
        ("tier-0", build.RULES_TEXT, ("success", "group:tier-0")),
        ("docs", build.RULES_TEXT, (None, None)),
        ("tier-0", None, (None, None)),
    ],
)
async def test_a_merge_queue_gets_a_check_of_what_it_is_about_to_apply(
    branch: str, rules: str | None, expected: tuple[str | None, str | None]
) -> None:
    github, git, renderer = scene()
    github.rules = rules
    group = {"base_ref": f"refs/heads/{branch}", "base_sha": BASE, "head_sha": OPEN.head_sha}

    await deliver(build.event("merge_group", "checks_requested", {"merge_group": group}), github, git, renderer)

    run = github.checks.get((NAME, OPEN.head_sha))
    assert (run and run.conclusion, run and run.external_id) == expected
    assert github.comments == {}


async def test_a_person_may_ask_for_another_run_of_a_merge_queues_check() -> None:
    github, git, renderer = scene()
    github.tips["tier-0"] = BASE
    github.queued.add(OPEN.head_sha)
    asked = {"app": {"id": build.APP.id}, "name": NAME, "external_id": "group:tier-0", "head_sha": OPEN.head_sha}
    event = build.event("check_run", "rerequested", {"check_run": asked})

    await deliver(event, github, git, renderer)
    shown = dict(github.checks)
    del github.tips["tier-0"]
    await deliver(event, github, git, renderer)

    assert shown[NAME, OPEN.head_sha].external_id == "group:tier-0"
    assert (github.queued, github.checks) == (set(), shown)


def promoted(there: str, here: str) -> tuple[FakeGitHub, FakeGit, FakeRenderer]:
    """Return a promotion to tier-1 that brings an overlay to `here`, of a change that brought it to `there` below."""
    source = build.pull(12)
    ours = build.promotion_pull(13, state="open", merged_at=None, merge_commit=None)
    change = build.change(build.commit(number=5), base=build.sha(4))
    renderer = FakeRenderer(
        {
            build.sha(4): {"overlays/web": OLD},
            build.sha(5): {"overlays/web": there},
            ours.head_sha: {"overlays/web": here},
        }
    )
    return FakeGitHub(pulls={12: source, 13: ours}), FakeGit(made=change), renderer


async def test_a_promotion_that_does_what_was_reviewed_says_so() -> None:
    github, git, renderer = promoted(NEW, NEW)

    await show(github, git, renderer)

    (said,) = comments(github)
    assert "same as reviewed in" in said


async def test_a_promotion_that_does_something_else_shows_the_difference() -> None:
    github, git, renderer = promoted(NEW, OLD)

    await show(github, git, renderer)

    (said,) = comments(github)
    assert "**not the same as reviewed in `tier-0`**" in said
    assert "level: debug" in said


@pytest.mark.parametrize(
    ("here", "shown"), [(NEW, "+  level: debug"), (OLD, "No change in what Argo CD applies")], ids=["change", "none"]
)
async def test_a_tier_below_that_was_rewritten_hides_nothing_of_the_diff(here: str, shown: str) -> None:
    github, git, renderer = promoted(NEW, here)
    git.gone = "the commit is no longer on GitHub"
    renderer.made[build.sha(4)] = {"overlays/web": OLD}

    await show(github, git, renderer)

    (said,) = comments(github)
    assert shown in said
    assert "⚠ **cannot be compared with `tier-0`** (#12): `the commit is no longer on GitHub`" in said
    assert github.checks[NAME, build.sha(13)].conclusion == "success"
