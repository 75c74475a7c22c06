"""Commits, files and refs as GitHub shows them."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from sandbox.diffs import FileChange
from sandbox.git import Commit, Ident
from sandbox.hub import Hub
from sandbox.records import Account, Repo
from sandbox.shapes.accounts import node, stamp, user
from sandbox.shapes.repos import api_url, page_url

Json = dict[str, Any]
UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def moment(ident: Ident) -> datetime:
    """Return when a commit was written, in the writer's own zone."""
    seconds, _, zone = ident.date.partition(" ")
    minutes = int(zone[1:3]) * 60 + int(zone[3:5])
    return datetime.fromtimestamp(int(seconds), timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes)))


def signature(ident: Ident) -> Json:
    """Return a `git-user`."""
    return {"name": ident.name, "email": ident.email, "date": stamp(moment(ident).astimezone(UTC))}


def owner_of(hub: Hub, ident: Ident) -> Account | None:
    """Return whose address a commit carries."""
    local, _, domain = ident.email.partition("@")
    if domain == "users.noreply.github.com":
        number = local.partition("+")[0]
        return hub.store.accounts.get(int(number)) if number.isdecimal() else None
    return next((found for found in hub.store.accounts if found.email and found.email == ident.email), None)


def parents(hub: Hub, repo: Repo, found: Commit) -> list[Json]:
    """Return a commit's parents with their links."""
    url, page = api_url(hub, repo), page_url(hub, repo)
    return [{"sha": sha, "url": f"{url}/commits/{sha}", "html_url": f"{page}/commit/{sha}"} for sha in found.parents]


def commit(hub: Hub, repo: Repo, found: Commit) -> Json:
    """Return a `commit`."""
    url, page = api_url(hub, repo), page_url(hub, repo)
    author, committer = owner_of(hub, found.author), owner_of(hub, found.committer)
    return {
        "sha": found.sha,
        "node_id": node("C", found.sha),
        "commit": {
            "author": signature(found.author),
            "committer": signature(found.committer),
            "message": found.message.rstrip("\n"),
            "tree": {"sha": found.tree, "url": f"{url}/git/trees/{found.tree}"},
            "url": f"{url}/git/commits/{found.sha}",
            "comment_count": 0,
            "verification": UNSIGNED,
        },
        "url": f"{url}/commits/{found.sha}",
        "html_url": f"{page}/commit/{found.sha}",
        "comments_url": f"{url}/commits/{found.sha}/comments",
        "author": user(hub, author) if author else None,
        "committer": user(hub, committer) if committer else None,
        "parents": parents(hub, repo, found),
    }


def git_commit(hub: Hub, repo: Repo, found: Commit) -> Json:
    """Return a `git-commit`."""
    url = api_url(hub, repo)
    return {
        "sha": found.sha,
        "node_id": node("C", found.sha),
        "url": f"{url}/git/commits/{found.sha}",
        "html_url": f"{page_url(hub, repo)}/commit/{found.sha}",
        "author": signature(found.author),
        "committer": signature(found.committer),
        "tree": {"sha": found.tree, "url": f"{url}/git/trees/{found.tree}"},
        "message": found.message.rstrip("\n"),
        "parents": parents(hub, repo, found),
        "verification": UNSIGNED,
    }


def simple_commit(found: Commit) -> Json:
    """Return a `simple-commit`, as check suites carry it."""
    return {
        "id": found.sha,
        "tree_id": found.tree,
        "message": found.message.rstrip("\n"),
        "timestamp": moment(found.committer).isoformat(),
        "author": {"name": found.author.name, "email": found.author.email},
        "committer": {"name": found.committer.name, "email": found.committer.email},
    }


def pushed_commit(hub: Hub, repo: Repo, found: Commit, changes: list[FileChange]) -> Json:
    """Return one commit of a `push` webhook."""
    people = {}
    for role, ident in (("author", found.author), ("committer", found.committer)):
        account = owner_of(hub, ident)
        known = {"username": account.login} if account else {}
        people[role] = {"name": ident.name, "email": ident.email, **known}
    return {
        **simple_commit(found),
        **people,
        "distinct": True,
        "url": f"{page_url(hub, repo)}/commit/{found.sha}",
        "added": [change.path for change in changes if change.status == "added"],
        "removed": [change.path for change in changes if change.status == "removed"],
        "modified": [change.path for change in changes if change.status not in {"added", "removed"}],
    }


def diff_entry(hub: Hub, repo: Repo, change: FileChange, sha: str) -> Json:
    """Return a `diff-entry`: one file of a pull request, commit or comparison."""
    page = page_url(hub, repo)
    return {
        "sha": change.blob,
        "filename": change.path,
        "status": change.status,
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "blob_url": f"{page}/blob/{sha}/{change.path}",
        "raw_url": f"{page}/raw/{sha}/{change.path}",
        "contents_url": f"{api_url(hub, repo)}/contents/{change.path}?ref={sha}",
        **({"patch": change.patch} if change.patch else {}),
        **({"previous_filename": change.previous} if change.previous else {}),
    }


def ref(hub: Hub, repo: Repo, name: str, sha: str) -> Json:
    """Return a `git-ref`."""
    url = api_url(hub, repo)
    return {
        "ref": name,
        "node_id": node("REF", f"{repo.id}:{name}"),
        "url": f"{url}/git/{name}",
        "object": {"sha": sha, "type": "commit", "url": f"{url}/git/commits/{sha}"},
    }
