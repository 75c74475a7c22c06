"""Deliveries as large as GitHub's: a merged pull request with many labels and reviewers, and one that was labelled."""

import hmac
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from bench.door import SECRET

API = "https://api.github.com"
REPOSITORIES = 50


@dataclass(frozen=True, slots=True)
class Payload:
    """A body and its signature."""

    body: bytes

    @property
    def signature(self) -> str:
        """The value of X-Hub-Signature-256."""
        return f"sha256={hmac.digest(SECRET.encode(), self.body, 'sha256').hex()}"


def payload(action: str, size: int, *, repository: str = "acme/shop", number: int = 1) -> Payload:
    """Return a `pull_request` delivery of about that many bytes."""
    reviewers: list[dict[str, Any]] = []
    body = _body(action, repository, number, reviewers)
    while len(body) < size:
        missing = size - len(body)
        reviewers += [_user(len(reviewers) + n) for n in range(max(1, missing // 900))]
        body = _body(action, repository, number, reviewers)
    return Payload(body)


@cache
def merges(size: int) -> tuple[Payload, ...]:
    """Return the same merge in many repositories, as an organisation's deliveries come."""
    return tuple(payload("closed", size, repository=f"acme/shop-{n}") for n in range(REPOSITORIES))


def _body(action: str, repository: str, number: int, reviewers: list[dict[str, Any]]) -> bytes:
    owner = repository.partition("/")[0]
    pull = {
        "url": f"{API}/repos/{repository}/pulls/{number}",
        "number": number,
        "state": "closed",
        "title": "web: v1.2.0 in Tokyo",
        "body": "The new checkout page.\n" * 40,
        "user": _user(1),
        "merged": True,
        "merge_commit_sha": f"{number:040x}",
        "requested_reviewers": reviewers,
    }
    repo = {"id": 7, "full_name": repository, "owner": _user(2), "html_url": f"https://github.com/{repository}"}
    common = {"repository": repo, "organization": {"login": owner}, "sender": _user(1), "installation": {"id": 5}}
    return json.dumps({"action": action, "number": number, "pull_request": pull, **common}).encode()


def _user(number: int) -> dict[str, Any]:
    """Return an account with all the addresses GitHub tells of each."""
    login = f"person-{number}"
    url = f"{API}/users/{login}"
    places = ("followers", "gists", "starred", "subscriptions", "orgs", "repos", "events", "received_events")
    addresses = {f"{place}_url": f"{url}/{place}{{/owner}}{{/repo}}" for place in places}
    return {"login": login, "id": number, "type": "User", "url": url, "site_admin": False, **addresses}
