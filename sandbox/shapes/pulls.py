"""Pull requests and reviews as GitHub shows them."""

from dataclasses import dataclass
from typing import Any

from sandbox import diffs
from sandbox.hub import Hub
from sandbox.merging import test_merge
from sandbox.records import Pull, Repo, Review
from sandbox.shapes.accounts import association, node, stamp, user, whoever
from sandbox.shapes.issues import labels
from sandbox.shapes.repos import api_url, page_url, repository

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What GitHub found out about merging a pull request."""

    mergeable: bool | None
    state: str
    merge_commit: str | None


def _side(hub: Hub, repo: Repo | None, ref: str, sha: str) -> Json:
    if repo is None:
        return {"label": f"unknown:{ref}", "ref": ref, "sha": sha, "user": None, "repo": None}
    owner = hub.store.accounts[repo.owner]
    shown = repository(hub, repo)
    return {"label": f"{owner.login}:{ref}", "ref": ref, "sha": sha, "user": user(hub, owner), "repo": shown}


def simple(hub: Hub, pull: Pull) -> Json:
    """Return a `pull-request-simple`, as lists carry it."""
    repo = hub.store.repos[pull.repo]
    url, page = f"{api_url(hub, repo)}/pulls/{pull.number}", f"{page_url(hub, repo)}/pull/{pull.number}"
    issue = f"{api_url(hub, repo)}/issues/{pull.number}"
    statuses = f"{api_url(hub, repo)}/statuses/{pull.head_sha}"
    links = {
        "self": url,
        "html": page,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{api_url(hub, repo)}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": statuses,
    }
    assignees = [whoever(hub, found) for found in pull.assignees]
    return {
        "url": url,
        "id": pull.id,
        "node_id": node("PR", pull.id),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": issue,
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "title": pull.title,
        "user": whoever(hub, pull.author),
        "body": pull.body,
        "created_at": stamp(pull.created_at),
        "updated_at": stamp(pull.updated_at),
        "closed_at": stamp(pull.closed_at),
        "merged_at": stamp(pull.merged_at),
        "merge_commit_sha": pull.merge_commit,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "requested_reviewers": [whoever(hub, found) for found in pull.reviewers],
        "requested_teams": [team(hub, slug) for slug in pull.teams],
        # Here alone GitHub's description wants a text where a label has none.
        "labels": [{**one, "description": one["description"] or ""} for one in labels(hub, repo, pull.labels)],
        "milestone": None,
        "draft": pull.draft,
        "commits_url": links["commits"],
        "review_comments_url": links["review_comments"],
        "review_comment_url": links["review_comment"],
        "comments_url": links["comments"],
        "statuses_url": statuses,
        "head": _side(hub, hub.store.repos.get(pull.head_repo), pull.head, pull.head_sha),
        "base": _side(hub, repo, pull.base, pull.base_sha),
        "_links": {name: {"href": target} for name, target in links.items()},
        "author_association": association(hub, repo, pull.author),
        "auto_merge": None,
        "active_lock_reason": None,
    }


def team(hub: Hub, slug: str) -> Json:
    """Return a `team`; the sandbox knows teams by their slug alone."""
    url = f"{hub.api}/teams/{slug}"
    return {
        "id": sum(slug.encode()),
        "node_id": node("T", slug),
        "url": url,
        "html_url": f"{hub.url}/teams/{slug}",
        "name": slug,
        "slug": slug,
        "description": None,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "type": "organization",
        "organization_id": 1,
        "parent": None,
    }


async def judge(hub: Hub, pull: Pull, *, patient: bool) -> Verdict:
    """Find out whether a pull request merges. GitHub does so in the background: who asks first learns only null."""
    if pull.state == "closed":
        return Verdict(None, "unknown", pull.merge_commit)
    key = (pull.base_sha, pull.head_sha)
    if not patient and key not in hub.judged:
        hub.judged.add(key)
        return Verdict(None, "unknown", pull.merge_commit)
    merged = await test_merge(hub, pull)
    if merged is None:
        return Verdict(mergeable=False, state="dirty", merge_commit=None)
    return Verdict(mergeable=True, state="draft" if pull.draft else "clean", merge_commit=merged)


async def full(hub: Hub, pull: Pull, verdict: Verdict) -> Json:
    """Return a `pull-request` with its counts, as one that was asked for alone or a webhook's."""
    repo = hub.store.repos[pull.repo]
    bare = hub.bare(repo)
    base = await bare.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    files = await diffs.changes(bare, base, pull.head_sha)
    return {
        **simple(hub, pull),
        "merge_commit_sha": pull.merge_commit or verdict.merge_commit,
        "merged": pull.merged_at is not None,
        "mergeable": verdict.mergeable,
        "rebaseable": verdict.mergeable,
        "mergeable_state": verdict.state,
        "merged_by": whoever(hub, pull.merged_by),
        "comments": sum((note.repo, note.number) == (repo.id, pull.number) for note in hub.store.comments),
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": len(await bare.between(pull.base_sha, pull.head_sha)),
        "additions": sum(change.additions for change in files),
        "deletions": sum(change.deletions for change in files),
        "changed_files": len(files),
    }


async def hooked(hub: Hub, pull: Pull) -> Json:
    """Return the `pull_request` of a webhook, sent before GitHub knows whether it merges."""
    return await full(hub, pull, Verdict(None, "unknown", pull.merge_commit))


def minimal(hub: Hub, pull: Pull) -> Json:
    """Return a `pull-request-minimal`, as check runs carry it."""
    repo = hub.store.repos[pull.repo]
    url = api_url(hub, repo)
    side = {"repo": {"id": repo.id, "url": url, "name": repo.name}}
    return {
        "id": pull.id,
        "number": pull.number,
        "url": f"{url}/pulls/{pull.number}",
        "head": {"ref": pull.head, "sha": pull.head_sha, **side},
        "base": {"ref": pull.base, "sha": pull.base_sha, **side},
    }


def review(hub: Hub, found: Review, *, hook: bool = False) -> Json:
    """Return a `pull-request-review`; a webhook writes the state in small letters."""
    repo = hub.store.repos[found.repo]
    page = f"{page_url(hub, repo)}/pull/{found.number}#pullrequestreview-{found.id}"
    pull = f"{api_url(hub, repo)}/pulls/{found.number}"
    return {
        "id": found.id,
        "node_id": node("PRR", found.id),
        "user": whoever(hub, found.user),
        "body": found.body,
        "state": found.state.lower() if hook else found.state,
        "html_url": page,
        "pull_request_url": pull,
        "author_association": association(hub, repo, found.user),
        "_links": {"html": {"href": page}, "pull_request": {"href": pull}},
        "submitted_at": stamp(found.submitted_at),
        "commit_id": found.commit,
        **({"updated_at": stamp(found.submitted_at)} if hook else {}),
    }
