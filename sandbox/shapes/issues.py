"""Issues, which here are pull requests, with their comments, labels and reactions, as GitHub shows them."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sandbox.hub import Hub
from sandbox.records import Comment, Label, Pull, Reaction, Repo
from sandbox.shapes.accounts import association, node, stamp, via, whoever
from sandbox.shapes.repos import api_url, page_url

Json = dict[str, Any]
EMOJI = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def label(hub: Hub, repo: Repo, found: Label) -> Json:
    """Return a `label`."""
    return {
        "id": found.id,
        "node_id": node("LA", found.id),
        "url": f"{api_url(hub, repo)}/labels/{found.name}",
        "name": found.name,
        "color": found.color,
        "default": False,
        "description": found.description,
        # Not in every published description yet; clients made from the newest insist on both.
        "archived_at": None,
        "archived_by": None,
    }


def labels(hub: Hub, repo: Repo, ids: Iterable[int]) -> list[Json]:
    """Return labels by id; one deleted since is left out."""
    found = (hub.store.labels.get(key) for key in ids)
    return [label(hub, repo, one) for one in found if one is not None]


def rollup(url: str, reactions: Iterable[Reaction] = ()) -> Json:
    """Return a `reaction-rollup`."""
    counts = Counter(found.content for found in reactions)
    return {"url": f"{url}/reactions", "total_count": counts.total(), **{name: counts[name] for name in EMOJI}}


def issue(hub: Hub, pull: Pull) -> Json:
    """Return an `issue` with its `pull_request` part."""
    repo = hub.store.repos[pull.repo]
    url = f"{api_url(hub, repo)}/issues/{pull.number}"
    page = f"{page_url(hub, repo)}/pull/{pull.number}"
    assignees = [whoever(hub, found) for found in pull.assignees]
    return {
        "url": url,
        "repository_url": api_url(hub, repo),
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": page,
        "id": pull.id,
        "node_id": node("PR", pull.id),
        "number": pull.number,
        "title": pull.title,
        "user": whoever(hub, pull.author),
        "labels": labels(hub, repo, pull.labels),
        "state": pull.state,
        "locked": False,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "milestone": None,
        "comments": sum((note.repo, note.number) == (repo.id, pull.number) for note in hub.store.comments),
        "created_at": stamp(pull.created_at),
        "updated_at": stamp(pull.updated_at),
        "closed_at": stamp(pull.closed_at),
        "author_association": association(hub, repo, pull.author),
        "active_lock_reason": None,
        "draft": pull.draft,
        "pull_request": {
            "url": f"{api_url(hub, repo)}/pulls/{pull.number}",
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": stamp(pull.merged_at),
        },
        "body": pull.body,
        "reactions": rollup(url),
        "timeline_url": f"{url}/timeline",
        "performed_via_github_app": via(hub, pull.via_app),
        "state_reason": None,
    }


def comment(hub: Hub, found: Comment) -> Json:
    """Return an `issue-comment`."""
    repo = hub.store.repos[found.repo]
    url = f"{api_url(hub, repo)}/issues/comments/{found.id}"
    reactions = [one for one in hub.store.reactions if one.comment == found.id]
    return {
        "url": url,
        "html_url": f"{page_url(hub, repo)}/pull/{found.number}#issuecomment-{found.id}",
        "issue_url": f"{api_url(hub, repo)}/issues/{found.number}",
        "id": found.id,
        "node_id": node("IC", found.id),
        "user": whoever(hub, found.author),
        "created_at": stamp(found.created_at),
        "updated_at": stamp(found.updated_at),
        "author_association": association(hub, repo, found.author),
        "body": found.body,
        "reactions": rollup(url, reactions),
        "performed_via_github_app": via(hub, found.via_app),
    }


def reaction(hub: Hub, found: Reaction) -> Json:
    """Return a `reaction`."""
    return {
        "id": found.id,
        "node_id": node("REA", found.id),
        "user": whoever(hub, found.user),
        "content": found.content,
        "created_at": stamp(found.created_at),
    }
