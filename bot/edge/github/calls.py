"""One call of the API as a value: who asks, for what, and what came back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import quote

from bot.core.model import Refused, Repository

Query = Mapping[str, str | int]
_MOST_WORDS = 500
"""Characters believed of a reason; some name every field and rule."""


class Voice(Enum):
    """Who asks where no installation does."""

    APP = "app"
    """The App itself, by its signature."""
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Scope:
    """What an installation's token may touch."""

    installation: int
    repository: int | str | None = None
    """One repository by id, or by name where we do not know the id (read only); None: all of them, to list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request not yet sent."""

    who: Scope | Voice
    method: Literal["GET", "POST", "PATCH", "DELETE"]
    route: str
    """The path as GitHub documents it, `{names}` and all: few enough of them to count calls by."""
    names: Mapping[str, str | int] = field(default_factory=dict)
    query: Query = field(default_factory=dict)
    body: Mapping[str, Any] | None = None

    @property
    def path(self) -> str:
        """The route with its names filled in, each quoted but for its slashes; no name can lead elsewhere."""
        texts = {name: str(value) for name, value in self.names.items()}
        for text in texts.values():
            if {"", ".", ".."} & set(text.split("/")):
                raise Refused(f"`{text}` cannot be part of a path.")
        return self.route.format_map({name: quote(text, safe="/") for name, text in texts.items()})

    @property
    def writes(self) -> bool:
        """Whether it changes what an installation owns; GitHub wants such calls one after the other."""
        return self.method != "GET" and isinstance(self.who, Scope)

    @property
    def creates(self) -> bool:
        """Whether it adds content, of which GitHub allows only so much a minute."""
        return self.method == "POST" and isinstance(self.who, Scope)


class Denied(Refused):
    """GitHub's final no to a call: whoever knows what it means looks at it, and for all others it is a sentence."""

    def __init__(self, call: Call, status: int, reason: str, headers: Mapping[str, str]) -> None:
        words = " ".join(reason.split())[:_MOST_WORDS]
        super().__init__(f"GitHub refused {call.method} {call.path}: {words}{_permission(status, headers)}")
        self.status = status
        self.reason = words
        """GitHub's own words, on one line."""
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Answer:
    """What GitHub said to a call it accepted."""

    data: Any
    headers: Mapping[str, str] = field(repr=False)
    links: Mapping[str, Query] = field(default_factory=dict)
    """The queries of the `next` and `last` pages; only these are believed, so no link leads to another host."""


def scope(repo: Repository) -> Scope:
    """Return what it takes to work in one repository."""
    return Scope(repo.installation, repo.id)


def get(repo: Repository, route: str, query: Query | None = None, **names: str | int) -> Call:
    """Ask for something below `/repos/{repo}`."""
    return _below(repo, route, names, query=query or {}, method="GET")


def post(repo: Repository, route: str, body: Mapping[str, Any], **names: str | int) -> Call:
    """Add something below `/repos/{repo}`."""
    return _below(repo, route, names, body=body, method="POST")


def patch(repo: Repository, route: str, body: Mapping[str, Any], **names: str | int) -> Call:
    """Change something below `/repos/{repo}`; saying the same twice does no harm."""
    return _below(repo, route, names, body=body, method="PATCH")


def delete(repo: Repository, route: str, **names: str | int) -> Call:
    """Take something below `/repos/{repo}` away; what is gone already is a 404."""
    return _below(repo, route, names, method="DELETE")


def _permission(status: int, headers: Mapping[str, str]) -> str:
    """https://docs.github.com/en/rest/overview/permissions-required-for-github-apps."""
    needed = headers.get("x-accepted-github-permissions", "").replace("; ", " or ")[:_MOST_WORDS]
    return f" (it takes the permission {needed})" if needed and status == HTTPStatus.FORBIDDEN else ""


def _below(repo: Repository, route: str, names: Mapping[str, str | int], **rest: Any) -> Call:  # noqa: ANN401  (Call's own fields)
    return Call(who=scope(repo), route="/repos/{repo}" + route, names={"repo": repo.full_name, **names}, **rest)
