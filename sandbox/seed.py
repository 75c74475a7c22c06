"""Seeding: people, repositories, history and Apps, put there by hand as a person would on GitHub's pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from sandbox import pulls
from sandbox.access import Actor, personal_token
from sandbox.git import ZERO, Ident, NewCommit
from sandbox.hub import Hub
from sandbox.merging import ident
from sandbox.moves import Move, apply
from sandbox.outbox import deliver
from sandbox.pulls import Proposal
from sandbox.records import Account, App, Installation, Member, Permissions, Pull, Repo
from sandbox.shapes import accounts
from sandbox.trees import edited

KEY_BITS = 2048
Files = Mapping[str, str | bytes | None]
"""Path to content; None takes a file away."""


@dataclass(frozen=True, slots=True)
class NewApp:
    """An App still to be registered."""

    slug: str
    owner: str
    secret: str
    webhook_url: str
    permissions: Permissions
    events: Sequence[str]


@dataclass(frozen=True, slots=True)
class Change:
    """A commit still to be made."""

    files: Files
    message: str
    by: str
    """The login of who writes it."""
    at: datetime | None = None


def account(hub: Hub, login: str, *, kind: Literal["User", "Organization"] = "User", name: str = "") -> Account:
    """Find or make an account; a user gets an address of their own, so that commits are theirs."""
    found = hub.account(login)
    if found is not None:
        return found
    email = f"{login}@example.com" if kind == "User" else ""
    return hub.store.accounts.put(Account(hub.store.next_id(), login, kind, name or login, email))


def token(hub: Hub, login: str) -> str:
    """Return a person's token, for the API and for git."""
    return personal_token(hub, account(hub, login)).value


def member(hub: Hub, repo: Repo, login: str, role: str = "write") -> Account:
    """Let a person into a repository: `read`, `triage`, `write`, `maintain` or `admin`."""
    user = account(hub, login)
    hub.store.members.put(Member(hub.store.next_id(), repo.id, user.id, role))
    return user


async def repository(hub: Hub, full_name: str, *, default: str = "main", private: bool = False) -> Repo:
    """Make an empty repository of an organisation."""
    owner, _, name = full_name.partition("/")
    own = account(hub, owner, kind="Organization")
    repo = Repo(hub.store.next_id(), own.id, name, default, private, created_at=hub.now(), pushed_at=hub.now())
    await hub.bare(repo).create(default)
    return hub.store.repos.put(repo)


async def fork(hub: Hub, repo: Repo, login: str) -> Repo:
    """Copy a repository to a person."""
    own = account(hub, login)
    copy = replace(repo, id=hub.store.next_id(), owner=own.id, fork_of=repo.id)
    await hub.bare(copy).create(repo.default_branch)
    origin = str(hub.bare(repo).path.resolve())
    await hub.bare(copy).run("fetch", "--quiet", "--no-write-fetch-head", origin, "refs/heads/*:refs/heads/*")
    hub.bare(copy).forget_refs()
    return hub.store.repos.put(copy)


async def commit(hub: Hub, repo: Repo, branch: str, change: Change) -> str:
    """Commit files on a branch, made from the default branch or from nothing where it is not there yet."""
    bare, user = hub.bare(repo), account(hub, change.by)
    signed = ident(hub, user)
    if change.at is not None:
        signed = Ident(signed.name, signed.email, f"{int(change.at.timestamp())} {change.at:%z}")
    async with bare.turn:
        old = await bare.branch(branch)
        parent = old or await bare.branch(repo.default_branch)
        content = {path: text.encode() if isinstance(text, str) else text for path, text in change.files.items()}
        tree = await edited(bare, parent, content)
        sha = await bare.write(NewCommit(tree, (parent,) if parent else (), change.message, signed, signed))
        await apply(hub, repo, Move(f"refs/heads/{branch}", old or ZERO, sha), user)
    return sha


async def branch(hub: Hub, repo: Repo, name: str, *, at: str, by: str) -> None:
    """Make a branch where another branch or commit is."""
    bare = hub.bare(repo)
    async with bare.turn:
        sha = await bare.resolve(at)
        if sha is None:
            raise ValueError(at)
        await apply(hub, repo, Move(f"refs/heads/{name}", ZERO, sha), account(hub, by))


async def pull(hub: Hub, repo: Repo, proposal: Proposal, *, by: str) -> Pull:
    """Open a pull request as a person."""
    return await pulls.open_pull(hub, repo, proposal, Actor(account(hub, by)))


def app(hub: Hub, new: NewApp) -> tuple[App, str]:
    """Register an App and return it with its private key as PEM, which the sandbox does not keep."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    owner, number = account(hub, new.owner, kind="Organization"), hub.store.next_id()
    bot = hub.store.accounts.put(Account(hub.store.next_id(), f"{new.slug}[bot]", "Bot"))
    made = App(
        id=number,
        slug=new.slug,
        owner=owner.id,
        bot=bot.id,
        client_id=f"Iv23li{number:014d}",
        public_key=public,
        secret=new.secret,
        webhook_url=new.webhook_url,
        permissions={"metadata": "read", **new.permissions},
        events=tuple(new.events),
        hook=hub.store.next_id(),
        created_at=hub.now(),
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    return hub.store.apps.put(made), private


def install(hub: Hub, made: App, login: str, *, only: Sequence[Repo] | None = None) -> Installation:
    """Install an App in an account, in all its repositories or only in some, and tell it."""
    owner = account(hub, login, kind="Organization")
    chosen = None if only is None else tuple(repo.id for repo in only)
    new = Installation(hub.store.next_id(), made.id, owner.id, made.permissions, chosen, created_at=hub.now())
    hub.store.installations.put(new)
    reached = [repo for repo in hub.store.repos if hub.reaches(new, repo)]
    listed = [
        {
            "id": repo.id,
            "node_id": accounts.node("R", repo.id),
            "name": repo.name,
            "full_name": hub.full_name(repo),
            "private": repo.private,
        }
        for repo in reached
    ]
    shown = {"installation": accounts.installation(hub, new), "repositories": listed, "requester": None}
    deliver(hub, new, "installation", {"action": "created", **shown, "sender": accounts.user(hub, owner)}, None)
    return new
