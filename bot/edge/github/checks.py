"""Check runs: one of each name on a commit, written only when it says something new."""

from typing import Any

from bot.core.model import Annotation, CheckRun, Repository, Sha
from bot.edge.github.calls import Query, get, patch, post
from bot.edge.github.client import Client, settle

MOST_BYTES = 65_535
"""Of summary and of text, each: bytes, although the documentation says characters."""
_ANNOTATIONS = 50
_REQUESTS = 10


async def publish(client: Client, app_id: int, repo: Repository, check: CheckRun, *, again: bool) -> None:
    """Bring the run on the commit to what `check` says, and after a lost answer start again from what is there.

    Asked for `again`, GitHub has put the suite of the run back to the start until the run is written, if only with the
    same. https://docs.github.com/en/rest/checks/runs#rerequest-a-check-run
    """

    async def act() -> None:
        run = await _current(client, app_id, repo, check.name, check.head_sha)
        if run is None or again or not await _says(client, repo, run, check):
            await _write(client, repo, check, run)

    await settle(act)


async def left_on(client: Client, app_id: int, repo: Repository, name: str, head: Sha) -> str | None:
    """Return the `external_id` of our run of that name on a commit; None where there is no such run."""
    run = await _current(client, app_id, repo, name, head)
    return (run["external_id"] or "") if run else None


async def _current(client: Client, app_id: int, repo: Repository, name: str, head: Sha) -> dict[str, Any] | None:
    """https://docs.github.com/en/rest/checks/runs#list-check-runs-for-a-git-reference."""
    query: Query = {"check_name": name, "app_id": app_id, "filter": "latest"}
    answer = await client.ask(get(repo, "/commits/{sha}/check-runs", query, sha=head))
    runs = [run for run in answer.data["check_runs"] if run["name"] == name and (run["app"] or {}).get("id") == app_id]
    return max(runs, key=lambda run: int(run["id"]), default=None)


async def _says(client: Client, repo: Repository, run: dict[str, Any], check: CheckRun) -> bool:
    wanted, there = _body(check), run["output"]
    same = (
        run["status"] == wanted["status"]
        and run["conclusion"] == check.conclusion
        and (run["external_id"] or "") == check.external_id
        and check.details_url in {"", run["details_url"]}
        and all((there[part] or "") == wanted["output"].get(part, "") for part in ("title", "summary", "text"))
        and there["annotations_count"] == len(check.annotations)
    )
    if not same or not check.annotations:
        return same
    call = get(repo, "/check-runs/{run}/annotations", {"per_page": 100}, run=run["id"])
    lines: list[dict[str, Any]] = []
    async for answer in client.pages(call, most=_REQUESTS):
        lines += answer.data
    return [_remark(item) for item in lines] == [_remark(_annotation(item)) for item in check.annotations]


async def _write(client: Client, repo: Repository, check: CheckRun, run: dict[str, Any] | None) -> None:
    """Edit the run in place, but begin anew where GitHub could only add: to its annotations, or to a finished run."""
    body = _body(check)
    batches = _batches(check.annotations)
    stuck = run and (run["output"]["annotations_count"] or (run["status"] == "completed" and not check.conclusion))
    if run and not stuck:
        number = run["id"]
        await client.once(patch(repo, "/check-runs/{run}", _with(body, batches[0]), run=number))
    else:
        new = {**_with(body, batches[0]), "head_sha": check.head_sha}
        number = (await client.once(post(repo, "/check-runs", new))).data["id"]
    for batch in batches[1:]:
        await client.once(patch(repo, "/check-runs/{run}", _with(body, batch), run=number))


def _body(check: CheckRun) -> dict[str, Any]:
    output = {"title": check.title, "summary": _cut(check.summary)}
    if check.text:
        output["text"] = _cut(check.text)
    body: dict[str, Any] = {
        "name": check.name,
        "status": "completed" if check.conclusion else "in_progress",
        "external_id": check.external_id,
        "output": output,
        "actions": [{"label": a, "description": b, "identifier": c} for a, b, c in check.actions],
    }
    body |= {"details_url": check.details_url} if check.details_url else {}
    return {**body, "conclusion": check.conclusion} if check.conclusion else body


def _with(body: dict[str, Any], annotations: list[dict[str, Any]]) -> dict[str, Any]:
    return {**body, "output": {**body["output"], "annotations": annotations}} if annotations else body


def _batches(annotations: tuple[Annotation, ...]) -> list[list[dict[str, Any]]]:
    shown = [_annotation(item) for item in annotations[: _ANNOTATIONS * _REQUESTS]]
    return [shown[start : start + _ANNOTATIONS] for start in range(0, len(shown), _ANNOTATIONS)] or [[]]


def _annotation(item: Annotation) -> dict[str, Any]:
    body = {"path": item.path, "annotation_level": item.level, "message": item.message}
    return {**body, "start_line": item.line, "end_line": item.line, **({"title": item.title} if item.title else {})}


def _remark(item: dict[str, Any]) -> tuple[str, int, str, str, str]:
    return item["path"], item["start_line"], item["annotation_level"], item["message"], item.get("title") or ""


def _cut(text: str) -> str:
    """Cut at a whole character; the last resort, since only the author knows where it makes sense."""
    return text.encode(errors="replace")[:MOST_BYTES].decode(errors="ignore")
