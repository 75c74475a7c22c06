"""Who we are to GitHub: the App's signature, and installation tokens cut down to one repository."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import jwt

from bot.core.model import Refused
from bot.edge.github.calls import Answer, Call, Denied, Scope, Voice
from bot.edge.github.wire import GitHubClock
from bot.settings import rsa_key

PERMISSIONS = {"checks": "write", "contents": "write", "issues": "write", "metadata": "read", "pull_requests": "write"}
_BACKDATED = 60
_SIGNED_FOR = 9 * 60
_MARGIN = 5 * 60
"""A token is not begun with less than this many seconds left: a clone takes a while."""


class Signature:
    """The App's own signature; made here and not by gidgethub, which cannot be told GitHub's time."""

    def __init__(self, app_id: int, private_key: str, clock: GitHubClock) -> None:
        self._issuer = str(app_id)
        self._key = rsa_key(private_key)
        self._clock = clock

    def sign(self) -> str:
        """Return a JSON web token of ten minutes, the longest GitHub takes, begun a minute ago."""
        begun = int(self._clock.now()) - _BACKDATED
        claims = {"iat": begun, "exp": begun + _SIGNED_FOR, "iss": self._issuer}
        return jwt.encode(claims, self._key, algorithm="RS256")


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    expires: float


class Tokens:
    """Installation tokens, kept until shortly before they expire; asked for once however many wait."""

    def __init__(self, ask: Callable[[Call], Awaitable[Answer]], clock: GitHubClock) -> None:
        self._ask = ask
        self._clock = clock
        self._kept: dict[Scope, _Token] = {}
        self._locks: defaultdict[Scope, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def token(self, scope: Scope) -> str:
        """Return a token good for five minutes at least; Refused where GitHub gives us none."""
        async with self._locks[scope]:
            kept = self._kept.get(scope)
            if kept is None or kept.expires - _MARGIN <= self._clock.now():
                kept = self._kept[scope] = await self._mint(scope)
            return kept.value

    def invalidate(self, scope: Scope, value: str) -> None:
        """Forget a token GitHub no longer takes; one that has replaced it since stays."""
        kept = self._kept.get(scope)
        if kept is not None and kept.value == value:
            del self._kept[scope]

    async def _mint(self, scope: Scope) -> _Token:
        """https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app."""
        call = Call(
            who=Voice.APP,
            method="POST",
            route="/app/installations/{installation}/access_tokens",
            names={"installation": scope.installation},
            body=_narrowed(scope),
        )
        try:
            answer = await self._ask(call)
        except Denied as denial:
            raise Refused(
                f"GitHub gives us no access here (uninstalled, suspended or not granted): {denial.reason}"
            ) from denial
        expires = datetime.fromisoformat(answer.data["expires_at"])
        return _Token(answer.data["token"], expires.timestamp())


def _narrowed(scope: Scope) -> dict[str, Any]:
    match scope.repository:
        case int(number):
            return {"repository_ids": [number], "permissions": PERMISSIONS}
        case str(name):
            return {"repositories": [name], "permissions": {"contents": "read", "metadata": "read"}}
        case None:
            return {"permissions": {"metadata": "read"}}
