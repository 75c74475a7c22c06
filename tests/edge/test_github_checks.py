"""Check runs: written when they say something new, and only then."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from bot.core.model import Annotation, CheckRun
from tests.edge.github_stage import APP_ID, REPO, Reply, Seen, Stage, staged

SHA = "a" * 40
P = "/repos/acme/shop/check-runs"
CREATE, LIST = f"POST {P}", f"GET /repos/acme/shop/commits/{SHA}/check-runs"
CHECK = CheckRun(
    name="tierkeeper/promotion",
    head_sha=SHA,
    conclusion="failure",
    title="Blocked: a marker",
    summary="one",
    text="two",
    external_id="acme/shop#3",
    actions=(("Re-check", "Look again", "recheck"),),
)
WARNING = Annotation("a.yml", 4, "warning", "Did you mean `tiers`?", title="Unknown key")


def keeps_runs(stage: Stage) -> dict[int, dict[str, Any]]:
    """Let a stage keep check runs as GitHub does: a PATCH replaces what it names and adds annotations."""
    runs: dict[int, dict[str, Any]] = {}
    numbers = count(1)

    def write(number: int) -> Callable[[Seen], Reply]:
        def on_write(seen: Seen) -> Reply:
            run = runs[number]
            run["remarks"] += seen.body["output"].get("annotations", [])
            run["output"] = {"text": None, **seen.body["output"], "annotations_count": len(run["remarks"])}
            run |= {"conclusion": None, "details_url": run.get("details_url", "https://app.test")} | {
                key: value for key, value in seen.body.items() if key != "output"
            }
            return Reply(run)

        return on_write

    def create(seen: Seen) -> Reply:
        number = next(numbers)
        runs[number] = {"id": number, "app": {"id": APP_ID}, "remarks": []}
        stage.on(f"PATCH {P}/{number}", write(number))
        stage.on(f"GET {P}/{number}/annotations", lambda _: Reply(runs[number]["remarks"]))
        return replace(write(number)(seen), status=201)

    stage.on(CREATE, create)
    stage.on(LIST, lambda _: Reply({"check_runs": [runs[max(runs)]] if runs else []}))
    return runs


async def test_a_check_run_is_created_and_then_left_alone() -> None:
    async with staged() as (stage, github):
        runs = keeps_runs(stage)

        await github.publish(REPO, CHECK)
        await github.publish(REPO, CHECK)

        assert len(stage.bodies(CREATE)) == len(runs) == 1
        assert not [call for call in stage.calls() if call.startswith("PATCH")]
        assert stage.bodies(CREATE)[0]["conclusion"] == "failure"
        assert stage.bodies(CREATE)[0]["actions"][0]["identifier"] == "recheck"


@pytest.mark.parametrize(
    "news",
    [
        {"conclusion": "success"},
        {"title": "x"},
        {"summary": "x"},
        {"text": "x"},
        {"text": ""},
        {"external_id": "x"},
        {"details_url": "https://x.test"},
    ],
)
async def test_news_are_written_into_the_same_run(news: dict[str, Any]) -> None:
    async with staged() as (stage, github):
        runs = keeps_runs(stage)
        await github.publish(REPO, CHECK)

        await github.publish(REPO, replace(CHECK, **news))
        await github.publish(REPO, replace(CHECK, **news))

        assert len(runs) == 1
        assert stage.calls().count(f"PATCH {P}/1") == 1


async def test_a_run_without_a_page_of_its_own_keeps_the_one_it_has() -> None:
    async with staged() as (stage, github):
        runs = keeps_runs(stage)
        await github.publish(REPO, replace(CHECK, details_url="https://tierkeeper.test/diffs"))

        await github.publish(REPO, CHECK)
        await github.publish(REPO, replace(CHECK, title="x"))

        assert runs[1]["details_url"] == "https://tierkeeper.test/diffs"
        assert stage.calls().count(f"PATCH {P}/1") == 1


async def test_what_our_run_is_about_is_found_by_its_name_and_commit() -> None:
    async with staged() as (stage, github):
        keeps_runs(stage)
        before = await github.left_on(REPO, CHECK.name, CHECK.head_sha)
        await github.publish(REPO, replace(CHECK, external_id="pull:13"))

        after = await github.left_on(REPO, CHECK.name, CHECK.head_sha)
        another = await github.left_on(REPO, "lint", CHECK.head_sha)

        assert (before, after, another) == (None, "pull:13", None)


async def test_a_check_run_a_person_asked_for_is_written_again() -> None:
    async with staged() as (stage, github):
        runs = keeps_runs(stage)
        await github.publish(REPO, CHECK)

        await github.publish(REPO, CHECK, again=True)

        assert len(runs) == 1
        assert [body["status"] for body in stage.bodies(f"PATCH {P}/1")] == ["completed"]


async def test_a_waiting_check_is_not_finished() -> None:
    async with staged() as (stage, github):
        runs = keeps_runs(stage)

        await github.publish(REPO, replace(CHECK, conclusion=None))

        assert runs[1]["status"] == "in_progress"
        assert runs[1]["conclusion"] is None


async def test_a_finished_run_is_not_reopened_but_followed_by_another() -> None:
    async with staged() as (stage, github):
        runs = keeps_runs(stage)
        await github.publish(REPO, CHECK)

        await github.publish(REPO, replace(CHECK, conclusion=None))

        assert [run["status"] for run in runs.values()] == ["completed", "in_progress"]


async def test_annotations_come_fifty_at_a_time() -> None:
    many = tuple(replace(WARNING, line=line) for line in range(1, 121))
    async with staged() as (stage, github):
        runs = keeps_runs(stage)

        await github.publish(REPO, replace(CHECK, annotations=many))

        assert [remark["start_line"] for remark in runs[1]["remarks"]] == list(range(1, 121))


async def test_annotations_that_say_the_same_are_left_alone() -> None:
    async with staged() as (stage, github):
        runs = keeps_runs(stage)

        await github.publish(REPO, replace(CHECK, annotations=(WARNING,)))
        await github.publish(REPO, replace(CHECK, annotations=(WARNING,)))

        assert len(runs) == 1
        assert not [call for call in stage.calls() if call.startswith("PATCH")]


async def test_other_annotations_need_another_run_since_github_only_adds() -> None:
    async with staged() as (stage, github):
        runs = keeps_runs(stage)
        await github.publish(REPO, replace(CHECK, annotations=(WARNING,)))

        await github.publish(REPO, replace(CHECK, annotations=(replace(WARNING, line=9),)))
        await github.publish(REPO, CHECK)

        assert [[remark["start_line"] for remark in run["remarks"]] for run in runs.values()] == [[4], [9], []]


async def test_another_apps_run_of_that_name_is_not_ours() -> None:
    theirs = {"id": 9, "name": CHECK.name, "app": {"id": 99}}
    async with staged() as (stage, github):
        keeps_runs(stage)
        stage.on(LIST, Reply({"check_runs": [theirs, {"id": 10, "name": CHECK.name, "app": None}]}))

        await github.publish(REPO, CHECK)

        assert len(stage.bodies(CREATE)) == 1


async def test_words_are_cut_to_what_github_takes_in_bytes() -> None:
    async with staged() as (stage, github):
        keeps_runs(stage)

        await github.publish(REPO, replace(CHECK, summary="é" * 40_000, text="\udc80" * 70_000))
        await github.publish(REPO, replace(CHECK, summary="é" * 40_000, text="\udc80" * 70_000))

        sent = stage.bodies(CREATE)[0]["output"]
        assert sent["summary"] == "é" * 32_767
        assert sent["text"] == "?" * 65_535
        assert len(stage.bodies(CREATE)) == 1
