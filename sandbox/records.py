"""What the sandbox remembers: one frozen record per thing GitHub has an id for.

Records point at each other by id, never by reference, so that each is one row on disk and a restart loses nothing.
What git knows (commits, trees, where a branch stands) is asked of git and never copied here, except the head and
base of a pull request, which GitHub freezes when the pull request is closed.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Permissions = dict[str, str]
"""Permission name to `read`, `write` or `admin`, as in an App's manifest."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user, an organisation, or the bot that acts for an App."""

    id: int
    login: str
    kind: Literal["User", "Organization", "Bot"] = "User"
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class App:
    """A GitHub App."""

    id: int
    slug: str
    owner: int
    bot: int
    client_id: str
    public_key: str
    """PEM."""
    secret: str
    """Signs its webhooks."""
    webhook_url: str
    permissions: Permissions
    events: tuple[str, ...]
    hook: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Installation:
    """An App's foothold in an account."""

    id: int
    app: int
    account: int
    permissions: Permissions
    repositories: tuple[int, ...] | None
    """None: all of the account's."""
    created_at: datetime
    suspended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer's secret: of an installation for an hour, or of a person for ever."""

    id: int
    value: str
    installation: int | None = None
    user: int | None = None
    permissions: Permissions | None = None
    repositories: tuple[int, ...] | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Repo:
    """A repository; its bare git repository lives in `repositories/<id>.git`."""

    id: int
    owner: int
    name: str
    default_branch: str
    private: bool
    created_at: datetime
    pushed_at: datetime
    fork_of: int | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """What a person may do in a repository: `read`, `triage`, `write`, `maintain` or `admin`."""

    id: int
    repo: int
    user: int
    role: str


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request, which GitHub also counts as an issue."""

    id: int
    repo: int
    number: int
    title: str
    body: str | None
    author: int
    via_app: int | None
    base: str
    base_sha: str
    head: str
    head_repo: int
    head_sha: str
    draft: bool
    created_at: datetime
    updated_at: datetime
    state: Literal["open", "closed"] = "open"
    closed_at: datetime | None = None
    merged_at: datetime | None = None
    merged_by: int | None = None
    merge_commit: str | None = None
    labels: tuple[int, ...] = ()
    assignees: tuple[int, ...] = ()
    reviewers: tuple[int, ...] = ()
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """A label of a repository."""

    id: int
    repo: int
    name: str
    color: str
    description: str | None


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment in a pull request's conversation."""

    id: int
    repo: int
    number: int
    author: int
    via_app: int | None
    body: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji under a comment."""

    id: int
    comment: int
    user: int
    content: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Review:
    """A review of a pull request."""

    id: int
    repo: int
    number: int
    user: int
    body: str
    state: str
    """`APPROVED`, `CHANGES_REQUESTED`, `COMMENTED` or `DISMISSED`."""
    commit: str
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class Suite:
    """The check runs of one App on one commit."""

    id: int
    repo: int
    app: int
    head_sha: str
    head_branch: str | None
    before: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """A check run."""

    id: int
    repo: int
    app: int
    suite: int
    name: str
    head_sha: str
    status: str
    conclusion: str | None
    started_at: datetime | None
    completed_at: datetime | None
    external_id: str
    details_url: str | None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: tuple[dict[str, object], ...] = ()
    actions: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """A commit status, the older sister of a check run."""

    id: int
    repo: int
    sha: str
    context: str
    state: str
    description: str | None
    target_url: str | None
    creator: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Deployment:
    """A request that something runs somewhere."""

    id: int
    repo: int
    sha: str
    ref: str
    task: str
    environment: str
    description: str | None
    payload: dict[str, object]
    transient: bool
    production: bool
    creator: int
    via_app: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeploymentStatus:
    """How a deployment fares."""

    id: int
    deployment: int
    state: str
    description: str
    environment: str
    log_url: str
    environment_url: str
    creator: int
    via_app: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to send a webhook."""

    id: int
    guid: str
    app: int
    installation: int
    repo: int | None
    event: str
    action: str | None
    payload: bytes
    """The very bytes that were signed."""
    delivered_at: datetime
    redelivery: bool = False
    status: str = "pending"
    status_code: int = 0
    duration: float = 0.0
    request_headers: dict[str, str] = field(default_factory=dict)
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str = ""


@dataclass(frozen=True, slots=True)
class Shift:
    """How far the sandbox's clock is ahead of the machine's."""

    id: int
    seconds: float
