"""Repositories as GitHub shows them."""

from typing import Any

from sandbox.access import Actor
from sandbox.hub import ROLES, Hub
from sandbox.records import Repo
from sandbox.shapes.accounts import node, organization, stamp, user

Json = dict[str, Any]
LINKS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def api_url(hub: Hub, repo: Repo) -> str:
    """Return the address of a repository in the API."""
    return f"{hub.api}/repos/{hub.full_name(repo)}"


def page_url(hub: Hub, repo: Repo) -> str:
    """Return the address of a repository's page."""
    return f"{hub.url}/{hub.full_name(repo)}"


def minimal(hub: Hub, repo: Repo) -> Json:
    """Return a `minimal-repository`: identity and links."""
    url = api_url(hub, repo)
    return {
        "id": repo.id,
        "node_id": node("R", repo.id),
        "name": repo.name,
        "full_name": hub.full_name(repo),
        "private": repo.private,
        "owner": user(hub, hub.store.accounts[repo.owner]),
        "html_url": page_url(hub, repo),
        "description": None,
        "fork": repo.fork_of is not None,
        "url": url,
        **{name: f"{url}{tail}" for name, tail in LINKS.items()},
    }


def repository(hub: Hub, repo: Repo) -> Json:
    """Return a `repository`, as webhooks and pull requests carry it."""
    page = page_url(hub, repo)
    opened = sum(pull.repo == repo.id and pull.state == "open" for pull in hub.store.pulls)
    forks = sum(other.fork_of == repo.id for other in hub.store.repos)
    return {
        **minimal(hub, repo),
        "created_at": stamp(repo.created_at),
        "updated_at": stamp(repo.pushed_at),
        "pushed_at": stamp(repo.pushed_at),
        "git_url": f"git://{page.partition('://')[2]}.git",
        "ssh_url": f"git@localhost:{hub.full_name(repo)}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "homepage": None,
        "size": 0,
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": None,
        "has_issues": True,
        "has_projects": False,
        "has_downloads": False,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": False,
        "forks_count": forks,
        "mirror_url": None,
        "archived": False,
        "disabled": False,
        "open_issues_count": opened,
        "license": None,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": "private" if repo.private else "public",
        "forks": forks,
        "open_issues": opened,
        "watchers": 0,
        "default_branch": repo.default_branch,
    }


def full(hub: Hub, repo: Repo, actor: Actor) -> Json:
    """Return a `full-repository`, as `GET /repos/{owner}/{repo}` answers."""
    owner = hub.store.accounts[repo.owner]
    return {
        **repository(hub, repo),
        "permissions": rights(hub, repo, actor),
        "allow_squash_merge": True,
        "allow_merge_commit": True,
        "allow_rebase_merge": True,
        "allow_auto_merge": False,
        "delete_branch_on_merge": False,
        "network_count": 0,
        "subscribers_count": 0,
        **({"organization": user(hub, owner)} if owner.kind == "Organization" else {}),
        **({"parent": parent, "source": parent} if (parent := _parent(hub, repo)) else {}),
    }


def _parent(hub: Hub, repo: Repo) -> Json | None:
    return None if repo.fork_of is None else repository(hub, hub.store.repos[repo.fork_of])


def rights(hub: Hub, repo: Repo, actor: Actor) -> dict[str, bool]:
    """Return the `permissions` of a repository for whoever asks."""
    if actor.installation is not None:
        push = actor.holds("contents:write")
        return {"admin": False, "maintain": False, "push": push, "triage": push, "pull": True}
    held = ROLES.index(hub.role(repo, actor.account))
    names = {"admin": "admin", "maintain": "maintain", "push": "write", "triage": "triage", "pull": "read"}
    return {name: held >= ROLES.index(role) for name, role in names.items()}


def about(hub: Hub, repo: Repo) -> Json:
    """Return what every webhook of a repository carries."""
    owner = hub.store.accounts[repo.owner]
    extra = {"organization": organization(hub, owner)} if owner.kind == "Organization" else {}
    return {"repository": repository(hub, repo), **extra}
