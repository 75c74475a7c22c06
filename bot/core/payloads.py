"""GitHub's JSON, from a webhook or an answer of the API, as the domain's values; fields we do not know are ignored."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.core.model import Person, PullRequest, Repository

_GHOST = Person(id=10137, login="ghost")
"""Whom GitHub shows in place of a deleted account. https://github.com/ghost."""


def repository(data: Mapping[str, Any], *, installation: int) -> Repository:
    """Read a `repository` object; the installation stands beside it in a webhook, and above it in a list."""
    return Repository(
        id=data["id"],
        full_name=data["full_name"],
        default_branch=data["default_branch"],
        clone_url=data["clone_url"],
        html_url=data["html_url"],
        installation=installation,
    )


def pull_request(data: Mapping[str, Any], *, installation: int) -> PullRequest:
    """Read a `pull_request` object, whole (webhook, one pull request) or short (an item of a list).

    It says itself whose it is: under the name of today, where whoever asked may know an older one.
    """
    head_repo = data["head"]["repo"]
    return PullRequest(
        repo=repository(data["base"]["repo"], installation=installation),
        number=data["number"],
        title=data["title"],
        body=data["body"] or "",
        html_url=data["html_url"],
        author=person(data["user"]),
        state=data["state"],
        draft=data.get("draft", False),
        base=data["base"]["ref"],
        head=data["head"]["ref"],
        head_sha=data["head"]["sha"],
        head_repo=head_repo and head_repo["id"],
        commits=data.get("commits"),
        labels=tuple(label["name"] for label in data["labels"]),
        assignees=tuple(person(assignee).login for assignee in data.get("assignees") or ()),
        merged_at=moment(data["merged_at"]),
        merge_commit=data.get("merge_commit_sha"),
    )


def person(data: Mapping[str, Any] | None) -> Person:
    """Read a `user` or `sender` object; a deleted account, which GitHub gives as null, is its ghost."""
    if data is None:
        return _GHOST
    return Person(id=data["id"], login=data["login"], is_bot=data.get("type") == "Bot")


def moment(text: str | None) -> datetime | None:
    """Read GitHub's `2026-11-21T06:31:58Z`, with or without fractions or an offset."""
    return None if text is None else datetime.fromisoformat(text)


def event_of(pull: PullRequest, action: str) -> dict[str, Any]:
    """Write a `pull_request` event as the functions above read it: for what the sweep found without one."""
    return {
        "action": action,
        "number": pull.number,
        "pull_request": _pull_request_data(pull),
        "repository": _repository_data(pull.repo),
        "installation": {"id": pull.repo.installation},
        "sender": {"login": "", "id": 0, "type": "User"},
    }


def push_to(branch: str, repo: Repository) -> dict[str, Any]:
    """Write a `push` event, as far as a handler reads one."""
    return {
        "ref": f"refs/heads/{branch}",
        "repository": _repository_data(repo),
        "installation": {"id": repo.installation},
    }


def _pull_request_data(pull: PullRequest) -> dict[str, Any]:
    author, head_repo = pull.author, {"id": pull.head_repo} if pull.head_repo else None
    return {
        "number": pull.number,
        "title": pull.title,
        "body": pull.body or None,
        "html_url": pull.html_url,
        "user": {"id": author.id, "login": author.login, "type": "Bot" if author.is_bot else "User"},
        "state": pull.state,
        "draft": pull.draft,
        "base": {"ref": pull.base, "repo": _repository_data(pull.repo)},
        "head": {"ref": pull.head, "sha": pull.head_sha, "repo": head_repo},
        "commits": pull.commits,
        "labels": [{"name": label} for label in pull.labels],
        "assignees": [{"id": 0, "login": login, "type": "User"} for login in pull.assignees],
        "merged": pull.merged,
        "merged_at": pull.merged_at.isoformat() if pull.merged_at else None,
        "merge_commit_sha": pull.merge_commit,
    }


def _repository_data(repo: Repository) -> dict[str, Any]:
    return {
        "id": repo.id,
        "full_name": repo.full_name,
        "default_branch": repo.default_branch,
        "clone_url": repo.clone_url,
        "html_url": repo.html_url,
    }
