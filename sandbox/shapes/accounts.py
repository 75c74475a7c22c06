"""Users, organisations, Apps and installations as GitHub shows them."""

import base64
from datetime import datetime
from typing import Any

from sandbox.hub import Hub
from sandbox.records import Account, App, Installation, Repo

Json = dict[str, Any]
BORN = "2020-01-01T00:00:00Z"


def stamp(when: datetime | None) -> str | None:
    """Return a time as the API writes it."""
    return None if when is None else when.strftime("%Y-%m-%dT%H:%M:%SZ")


def node(kind: str, key: object) -> str:
    """Return a GraphQL node id, opaque and stable."""
    return f"{kind}_{base64.urlsafe_b64encode(str(key).encode()).decode().rstrip('=')}"


def user(hub: Hub, account: Account) -> Json:
    """Return a `simple-user`."""
    url = f"{hub.api}/users/{account.login}"
    page = (
        f"{hub.url}/apps/{account.login.removesuffix('[bot]')}"
        if account.kind == "Bot"
        else f"{hub.url}/{account.login}"
    )
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node("U", account.id),
        "avatar_url": f"{hub.url}/avatars/{account.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": page,
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": account.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def whoever(hub: Hub, account: int | None) -> Json | None:
    """Return a `simple-user` by id, or null."""
    return None if account is None else user(hub, hub.store.accounts[account])


def public_user(hub: Hub, account: Account) -> Json:
    """Return a `public-user`, as `GET /users/{username}` answers."""
    return {
        **user(hub, account),
        "name": account.name or None,
        "company": None,
        "blog": "",
        "location": None,
        "email": account.email or None,
        "hireable": None,
        "bio": None,
        "twitter_username": None,
        "public_repos": sum(repo.owner == account.id and not repo.private for repo in hub.store.repos),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": BORN,
        "updated_at": BORN,
    }


def organization(hub: Hub, account: Account) -> Json:
    """Return the `organization` of a webhook."""
    url = f"{hub.api}/orgs/{account.login}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node("O", account.id),
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"{hub.url}/avatars/{account.id}",
        "description": None,
    }


def app(hub: Hub, found: App) -> Json:
    """Return an `integration`."""
    return {
        "id": found.id,
        "client_id": found.client_id,
        "slug": found.slug,
        "node_id": node("A", found.id),
        "owner": whoever(hub, found.owner),
        "name": found.slug,
        "description": "",
        "external_url": f"{hub.url}/apps/{found.slug}",
        "html_url": f"{hub.url}/apps/{found.slug}",
        "created_at": stamp(found.created_at),
        "updated_at": stamp(found.created_at),
        "permissions": found.permissions,
        "events": list(found.events),
    }


def via(hub: Hub, found: int | None) -> Json | None:
    """Return `performed_via_github_app`."""
    return None if found is None else app(hub, hub.store.apps[found])


def installation(hub: Hub, found: Installation) -> Json:
    """Return an `installation`."""
    owner = hub.store.accounts[found.account]
    origin = hub.app_of(found)
    url = f"{hub.api}/app/installations/{found.id}"
    return {
        "id": found.id,
        "client_id": origin.client_id,
        "account": user(hub, owner),
        "repository_selection": "all" if found.repositories is None else "selected",
        "access_tokens_url": f"{url}/access_tokens",
        "repositories_url": f"{hub.api}/installation/repositories",
        "html_url": f"{hub.url}/organizations/{owner.login}/settings/installations/{found.id}",
        "app_id": origin.id,
        "app_slug": origin.slug,
        "target_id": owner.id,
        "target_type": owner.kind,
        "permissions": found.permissions,
        "events": list(origin.events),
        "created_at": stamp(found.created_at),
        "updated_at": stamp(found.created_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None,
        "suspended_at": stamp(found.suspended_at),
    }


def association(hub: Hub, repo: Repo, account: int) -> str:
    """Return an `author_association`; a webhook's knows no viewer, so it is not to be trusted, and this one neither."""
    if repo.owner == account:
        return "OWNER"
    held = [member for member in hub.store.members if (member.repo, member.user) == (repo.id, account)]
    return "MEMBER" if held else "CONTRIBUTOR"
