"""Check runs, check suites, statuses and deployments as GitHub shows them."""

from typing import Any

from sandbox.hub import Hub
from sandbox.records import Deployment, DeploymentStatus, Pull, Run, Status, Suite
from sandbox.shapes.accounts import app, node, stamp, user, via, whoever
from sandbox.shapes.commits import simple_commit
from sandbox.shapes.pulls import minimal as minimal_pull
from sandbox.shapes.repos import api_url, minimal, page_url

Json = dict[str, Any]


def carried(hub: Hub, repo: int, sha: str) -> list[Json]:
    """Return the open pull requests of a commit; those from forks are left out, as GitHub does."""
    return [minimal_pull(hub, pull) for pull in hub.store.pulls if _own(pull, repo) and pull.head_sha == sha]


def _own(pull: Pull, repo: int) -> bool:
    return pull.state == "open" and pull.repo == pull.head_repo == repo


def run(hub: Hub, found: Run) -> Json:
    """Return a `check-run`."""
    repo = hub.store.repos[found.repo]
    url = f"{api_url(hub, repo)}/check-runs/{found.id}"
    page = f"{page_url(hub, repo)}/runs/{found.id}"
    return {
        "id": found.id,
        "name": found.name,
        "node_id": node("CR", found.id),
        "head_sha": found.head_sha,
        "external_id": found.external_id,
        "url": url,
        "html_url": page,
        "details_url": found.details_url or page,
        "status": found.status,
        "conclusion": found.conclusion,
        "started_at": stamp(found.started_at),
        "completed_at": stamp(found.completed_at),
        "output": {
            "title": found.title,
            "summary": found.summary,
            "text": found.text,
            "annotations_count": len(found.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": found.suite},
        "app": app(hub, hub.store.apps[found.app]),
        "pull_requests": carried(hub, found.repo, found.head_sha),
    }


def hooked_run(hub: Hub, found: Run) -> Json:
    """Return the `check_run` of a webhook, which carries more of its suite."""
    held = hub.store.suites[found.suite]
    status, conclusion = outcome(hub, held)
    inner = {
        "id": held.id,
        "node_id": node("CS", held.id),
        "head_branch": held.head_branch,
        "head_sha": held.head_sha,
        "status": status,
        "conclusion": conclusion,
        "url": f"{api_url(hub, hub.store.repos[held.repo])}/check-suites/{held.id}",
        "before": held.before,
        "after": held.head_sha,
        "pull_requests": carried(hub, held.repo, held.head_sha),
        "app": app(hub, hub.store.apps[held.app]),
        "created_at": stamp(held.created_at),
        "updated_at": stamp(held.updated_at),
    }
    return {**run(hub, found), "check_suite": inner}


def outcome(hub: Hub, suite: Suite) -> tuple[str, str | None]:
    """Return a suite's status and conclusion, from its runs."""
    runs = [found for found in hub.store.runs if found.suite == suite.id]
    if not runs or any(found.status != "completed" for found in runs):
        return ("in_progress" if runs else "queued"), None
    ends = [found.conclusion for found in runs]
    worst = ("action_required", "cancelled", "timed_out", "failure", "neutral", "success", "skipped", "stale")
    return "completed", next((end for end in worst if end in ends), "success")


async def suite(hub: Hub, found: Suite) -> Json:
    """Return a `check-suite`."""
    repo = hub.store.repos[found.repo]
    url = f"{api_url(hub, repo)}/check-suites/{found.id}"
    status, conclusion = outcome(hub, found)
    return {
        "id": found.id,
        "node_id": node("CS", found.id),
        "head_branch": found.head_branch,
        "head_sha": found.head_sha,
        "status": status,
        "conclusion": conclusion,
        "url": url,
        "before": found.before,
        "after": found.head_sha,
        "pull_requests": carried(hub, found.repo, found.head_sha),
        "app": app(hub, hub.store.apps[found.app]),
        "repository": minimal(hub, repo),
        "created_at": stamp(found.created_at),
        "updated_at": stamp(found.updated_at),
        "latest_check_runs_count": sum(one.suite == found.id for one in hub.store.runs),
        "check_runs_url": f"{url}/check-runs",
        "head_commit": simple_commit(await hub.bare(repo).commit(found.head_sha)),
    }


def status(hub: Hub, found: Status) -> Json:
    """Return a commit `status`."""
    repo = hub.store.repos[found.repo]
    creator = hub.store.accounts[found.creator]
    return {
        "url": f"{api_url(hub, repo)}/statuses/{found.sha}",
        "avatar_url": user(hub, creator)["avatar_url"],
        "id": found.id,
        "node_id": node("SC", found.id),
        "state": found.state,
        "description": found.description,
        "target_url": found.target_url,
        "context": found.context,
        "created_at": stamp(found.created_at),
        "updated_at": stamp(found.created_at),
        "creator": user(hub, creator),
    }


def deployment(hub: Hub, found: Deployment) -> Json:
    """Return a `deployment`."""
    repo = hub.store.repos[found.repo]
    url = f"{api_url(hub, repo)}/deployments/{found.id}"
    return {
        "url": url,
        "id": found.id,
        "node_id": node("DE", found.id),
        "sha": found.sha,
        "ref": found.ref,
        "task": found.task,
        "payload": found.payload,
        "original_environment": found.environment,
        "environment": found.environment,
        "description": found.description,
        "creator": whoever(hub, found.creator),
        "created_at": stamp(found.created_at),
        "updated_at": stamp(found.created_at),
        "statuses_url": f"{url}/statuses",
        "repository_url": api_url(hub, repo),
        "transient_environment": found.transient,
        "production_environment": found.production,
        "performed_via_github_app": via(hub, found.via_app),
    }


def deployment_status(hub: Hub, found: DeploymentStatus) -> Json:
    """Return a `deployment-status`."""
    origin = hub.store.deployments[found.deployment]
    repo = api_url(hub, hub.store.repos[origin.repo])
    url = f"{repo}/deployments/{origin.id}"
    return {
        "url": f"{url}/statuses/{found.id}",
        "id": found.id,
        "node_id": node("DES", found.id),
        "state": found.state,
        "creator": whoever(hub, found.creator),
        "description": found.description,
        "environment": found.environment,
        "target_url": found.log_url,
        "created_at": stamp(found.created_at),
        "updated_at": stamp(found.created_at),
        "deployment_url": url,
        "repository_url": repo,
        "environment_url": found.environment_url,
        "log_url": found.log_url,
        "performed_via_github_app": via(hub, found.via_app),
    }
