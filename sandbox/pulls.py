"""The life of a pull request apart from merging: what the API and the pages both do, each with its webhooks."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sandbox.access import Actor
from sandbox.errors import invalid
from sandbox.git import ZERO
from sandbox.hub import Hub
from sandbox.outbox import Event, emit
from sandbox.records import Account, Comment, Label, Pull, Repo
from sandbox.shapes import issues as issue_shapes
from sandbox.shapes import pulls as pull_shapes

Json = dict[str, Any]
GREY = "ededed"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pull request still to be opened."""

    title: str
    body: str | None
    base: str
    head: str
    """`branch`, or `owner:branch` for a fork."""
    draft: bool = False


async def announce(hub: Hub, pull: Pull, action: str, sender: Account, **extra: object) -> None:
    """Send a `pull_request` webhook."""
    repo = hub.store.repos[pull.repo]
    shown = await pull_shapes.hooked(hub, pull)
    emit(
        hub,
        repo,
        Event("pull_request", {"action": action, "number": pull.number, "pull_request": shown, **extra}, sender),
    )


async def open_pull(hub: Hub, repo: Repo, proposal: Proposal, actor: Actor) -> Pull:
    """Open a pull request, or refuse in GitHub's words. https://docs.github.com/en/rest/pulls/pulls#create-a-pull-request."""
    owner, colon, branch = proposal.head.rpartition(":")
    source = _source(hub, repo, owner) if colon else repo
    base_sha = await hub.bare(repo).branch(proposal.base)
    head_sha = await hub.bare(source).branch(branch) if source else None
    if base_sha is None:
        raise invalid(
            "PullRequest", f"Proposed base branch '{proposal.base}' was not found", field="base", code="invalid"
        )
    if source is None or head_sha is None:
        raise invalid("PullRequest", "head is invalid", field="head", code="invalid")
    label = f"{hub.store.accounts[source.owner].login}:{branch}"
    if any(_same(pull, source, branch, proposal.base) for pull in hub.pulls(repo) if pull.state == "open"):
        raise invalid("PullRequest", f"A pull request already exists for {label}.")
    number = max((pull.number for pull in hub.pulls(repo)), default=0) + 1
    await keep_head(hub, repo, number, source, head_sha)
    if not await hub.bare(repo).between(base_sha, head_sha):
        raise invalid("PullRequest", f"No commits between {proposal.base} and {branch}")
    pull = hub.store.pulls.put(
        Pull(
            id=hub.store.next_id(),
            repo=repo.id,
            number=number,
            title=proposal.title,
            body=proposal.body,
            author=actor.account.id,
            via_app=actor.app.id if actor.app else None,
            base=proposal.base,
            base_sha=base_sha,
            head=branch,
            head_repo=source.id,
            head_sha=head_sha,
            draft=proposal.draft,
            created_at=hub.now(),
            updated_at=hub.now(),
        )
    )
    await announce(hub, pull, "opened", actor.account)
    return pull


def _source(hub: Hub, repo: Repo, owner: str) -> Repo | None:
    """Return the owner's copy of a repository: the repository itself or a fork."""
    family = [found for found in hub.store.repos if repo.id in (found.id, found.fork_of)]
    return next((found for found in family if hub.store.accounts[found.owner].login.lower() == owner.lower()), None)


def _same(pull: Pull, source: Repo, branch: str, base: str) -> bool:
    return (pull.head_repo, pull.head, pull.base) == (source.id, branch, base)


async def keep_head(hub: Hub, repo: Repo, number: int, source: Repo, sha: str) -> None:
    """Point `refs/pull/N/head` at a commit, brought over first where it lives in a fork."""
    bare, ref = hub.bare(repo), f"refs/pull/{number}/head"
    if source.id != repo.id:
        origin = str(hub.bare(source).path.resolve())
        await bare.run("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", origin, f"+{sha}:{ref}")
        bare.forget_refs()
        return
    await bare.move(ref, sha, old=(await bare.refs()).get(ref, ZERO))


async def close(hub: Hub, pull: Pull, sender: Account) -> Pull:
    """Close without merging."""
    now = hub.now()
    closed = hub.store.pulls.put(replace(pull, state="closed", closed_at=now, updated_at=now))
    await announce(hub, closed, "closed", sender)
    return closed


async def reopen(hub: Hub, pull: Pull, sender: Account) -> Pull:
    """Open a closed pull request again, if its branches still are there."""
    repo, source = hub.store.repos[pull.repo], hub.store.repos[pull.head_repo]
    head, base = await hub.bare(source).branch(pull.head), await hub.bare(repo).branch(pull.base)
    if pull.merged_at is not None or head is None or base is None:
        raise invalid("PullRequest", "state cannot be changed. The pull request cannot be reopened.", field="state")
    if any(_same(other, source, pull.head, pull.base) for other in hub.pulls(repo) if other.state == "open"):
        label = f"{hub.store.accounts[source.owner].login}:{pull.head}"
        raise invalid("PullRequest", f"state cannot be changed. There is already an open pull request for {label}.")
    await keep_head(hub, repo, pull.number, source, head)
    opened = replace(pull, state="open", closed_at=None, head_sha=head, base_sha=base, updated_at=hub.now())
    await announce(hub, hub.store.pulls.put(opened), "reopened", sender)
    return opened


async def edit(hub: Hub, pull: Pull, fields: dict[str, str | None], sender: Account) -> Pull:
    """Change title, body or base; each that really changes is told in the webhook's `changes`."""
    changes: Json = {}
    for name, value in fields.items():
        old = getattr(pull, name)
        if old == value:
            continue
        changes[name] = {"from": old or ""}
        pull = replace(pull, **{name: value})  # type: ignore[arg-type]
    if not changes:
        return pull
    if "base" in changes:
        sha = await hub.bare(hub.store.repos[pull.repo]).branch(pull.base)
        if sha is None:
            message = f"Proposed base branch '{pull.base}' was not found"
            raise invalid("PullRequest", message, field="base", code="invalid")
        changes["base"] = {"ref": changes["base"], "sha": {"from": pull.base_sha}}
        pull = replace(pull, base_sha=sha)
    pull = hub.touch(pull)
    await announce(hub, pull, "edited", sender, changes=changes)
    return pull


async def make_ready(hub: Hub, pull: Pull, sender: Account) -> Pull:
    """Take the draft flag away; GitHub's REST API cannot, its page can."""
    ready = hub.touch(replace(pull, draft=False))
    await announce(hub, ready, "ready_for_review", sender)
    return ready


def comment(hub: Hub, pull: Pull, body: str, actor: Actor) -> Comment:
    """Add a comment."""
    if not body.strip():
        raise invalid("IssueComment", "Body can't be blank", field="body", code="missing_field")
    now, app = hub.now(), actor.app.id if actor.app else None
    key = hub.store.next_id()
    new = Comment(key, pull.repo, pull.number, actor.account.id, app, body, created_at=now, updated_at=now)
    hub.store.comments.put(new)
    announce_comment(hub, hub.touch(pull), new, "created", actor.account)
    return new


def announce_comment(hub: Hub, pull: Pull, found: Comment, action: str, sender: Account, **extra: object) -> None:
    """Send an `issue_comment` webhook."""
    shown = {"issue": issue_shapes.issue(hub, pull), "comment": issue_shapes.comment(hub, found)}
    emit(hub, hub.store.repos[pull.repo], Event("issue_comment", {"action": action, **shown, **extra}, sender))


def label_named(hub: Hub, repo: Repo, name: str) -> Label | None:
    """Find a label; case does not matter."""
    own = (label for label in hub.store.labels if label.repo == repo.id)
    return next((label for label in own if label.name.lower() == name.lower()), None)


async def set_labels(hub: Hub, pull: Pull, names: Iterable[str], sender: Account) -> Pull:
    """Give a pull request exactly these labels, made where missing, with a webhook for each that comes or goes."""
    repo = hub.store.repos[pull.repo]
    wanted = [label_named(hub, repo, name) or new_label(hub, repo, name, GREY, None) for name in names]
    before, after = pull.labels, tuple(dict.fromkeys(label.id for label in wanted))
    if before == after:
        return pull
    pull = hub.touch(replace(pull, labels=after))
    moves = [("unlabeled", key) for key in before if key not in after]
    for action, key in [*moves, *(("labeled", key) for key in after if key not in before)]:
        shown = issue_shapes.label(hub, repo, hub.store.labels[key])
        await announce(hub, pull, action, sender, label=shown)
    return pull


def new_label(hub: Hub, repo: Repo, name: str, color: str, description: str | None) -> Label:
    """Make a label."""
    return hub.store.labels.put(Label(hub.store.next_id(), repo.id, name, color, description))
