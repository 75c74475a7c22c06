"""Who is calling: an App by its signature, an installation or a person by a token, or nobody.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

import base64
import binascii
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

import jwt

from sandbox.errors import Refusal
from sandbox.hub import Hub
from sandbox.records import Account, App, Installation, Permissions, Repo, Token

BAD_EXPIRY = (
    "'Expiration time' claim ('exp') must be a numeric value representing "
    "the future time at which the assertion expires"
)
BAD_ISSUE = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
LEVELS = ("none", "read", "write", "admin")
LONGEST_JWT = 600
"""Seconds that an App's signature may be valid."""
DRIFT = 60
"""Seconds that an App's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller that has proved who it is."""

    account: Account
    """The person, or the App's bot."""
    app: App | None = None
    installation: Installation | None = None
    permissions: Permissions | None = None
    """None for a person, who may do what their role allows."""
    repositories: tuple[int, ...] | None = None
    """What a token was narrowed to; None: no further than the installation."""

    @property
    def name(self) -> str:
        """How the ledger calls it."""
        if self.installation:
            return f"installation/{self.installation.id}"
        return f"app/{self.app.id}" if self.app else f"user/{self.account.login}"

    def holds(self, permission: str) -> bool:
        """Say whether a token carries a permission such as `contents:write`."""
        name, _, level = permission.partition(":")
        if self.permissions is None or name == "metadata":
            return True
        return LEVELS.index(self.permissions.get(name, "none")) >= LEVELS.index(level)

    def sees(self, hub: Hub, repo: Repo) -> bool:
        """Say whether the caller may know that a repository exists."""
        if self.app is not None and self.installation is None:
            return any(found.app == self.app.id for found in hub.installations(repo))
        if self.installation is None:
            return hub.may(repo, self.account, "read")
        return not repo.private or self.covers(hub, repo)

    def covers(self, hub: Hub, repo: Repo) -> bool:
        """Say whether an installation's token was made for a repository."""
        if self.installation is None:
            return True
        return hub.reaches(self.installation, repo) and (self.repositories is None or repo.id in self.repositories)


def authenticate(hub: Hub, header: str) -> Actor | None:
    """Read an Authorization header: None without one; refuses with 401 what it cannot believe."""
    scheme, _, value = header.strip().partition(" ")
    match scheme.lower():
        case "":
            return None
        case "basic":
            return from_token(hub, basic_password(value))
        case "bearer" | "token" if value.startswith("gh"):
            return from_token(hub, value.strip())
        case "bearer":
            return from_signature(hub, value.strip())
        case _:
            raise Refusal(401, "Bad credentials")


def basic_password(value: str) -> str:
    """Return the password of a Basic header: git sends the token there, GitHub ignores the user name beside it."""
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Refusal(401, "Bad credentials") from error
    return password or user


def from_token(hub: Hub, value: str) -> Actor:
    """Return whose token it is."""
    token = next((known for known in hub.store.tokens if secrets.compare_digest(known.value, value)), None)
    if token is None or (token.expires_at is not None and token.expires_at <= hub.now()):
        raise Refusal(401, "Bad credentials")
    if token.user is not None:
        return Actor(hub.store.accounts[token.user])
    installation = hub.store.installations.get(token.installation or 0)
    if installation is None:
        raise Refusal(401, "Bad credentials")
    if installation.suspended_at is not None:
        raise Refusal(403, "This installation has been suspended")
    app = hub.app_of(installation)
    return Actor(hub.store.accounts[app.bot], app, installation, token.permissions, token.repositories)


def from_signature(hub: Hub, value: str) -> Actor:
    """Return the App that signed a JSON web token. The times are judged by the sandbox's clock."""
    try:
        claims = jwt.decode(value, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise Refusal(401, "A JSON web token could not be decoded") from error
    issuer = str(claims.get("iss", ""))
    app = next((found for found in hub.store.apps if issuer in {str(found.id), found.client_id}), None)
    if app is None:
        raise Refusal(401, "Integration not found")
    unjudged = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_iss": False}
    try:
        jwt.decode(value, app.public_key, algorithms=["RS256"], options=unjudged)  # type: ignore[arg-type]
    except jwt.PyJWTError as error:
        raise Refusal(401, "A JSON web token could not be decoded") from error
    _judge_times(claims, hub.now())
    return Actor(hub.store.accounts[app.bot], app)


def _judge_times(claims: dict[str, object], now: datetime) -> None:
    issued, expires, today = claims.get("iat"), claims.get("exp"), int(now.timestamp())
    if not isinstance(expires, int) or isinstance(expires, bool):
        raise Refusal(401, BAD_EXPIRY)
    if not isinstance(issued, int) or isinstance(issued, bool) or issued > today + DRIFT:
        raise Refusal(401, BAD_ISSUE)
    if expires <= today:
        raise Refusal(401, BAD_EXPIRY)
    if expires > today + LONGEST_JWT + DRIFT:
        raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future")


def new_token(app: App, installation: int, expires_at: datetime) -> str:
    """Return a token of today's form: `ghs_<app>_<JWT>`, about 520 characters with dots, dashes and underscores."""
    claims = {
        "iss": "sandbox",
        "sub": str(installation),
        "exp": int(expires_at.astimezone(UTC).timestamp()),
        "jti": secrets.token_hex(140),
    }
    return f"ghs_{app.id}_{jwt.encode(claims, secrets.token_bytes(32), algorithm='HS256')}"


def personal_token(hub: Hub, user: Account) -> Token:
    """Return a person's token, made on first need."""
    for token in hub.store.tokens:
        if token.user == user.id:
            return token
    return hub.store.tokens.put(Token(hub.store.next_id(), f"ghp_{secrets.token_hex(18)}", user=user.id))
