"""What follows when a branch moves, whoever moved it: a push, a merge, the API or a page.

Webhooks `create`, `delete` and `push`; a check suite for each App that checks; open pull requests follow their head
(`synchronize`), are closed with it, and count as merged when their commits arrive in the base by another road.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sandbox import diffs, pulls
from sandbox.git import ZERO
from sandbox.hub import Hub
from sandbox.outbox import Event, emit
from sandbox.records import Account, Pull, Repo, Suite
from sandbox.shapes import checks as check_shapes
from sandbox.shapes import commits as commit_shapes
from sandbox.shapes.repos import page_url, repository

LISTED = 20
"""How many commits a `push` webhook lists; GitHub lists 2048, and a laptop need not."""


@dataclass(frozen=True, slots=True)
class Move:
    """A ref that went from one commit to another; ZERO on a side means it was not there."""

    ref: str
    old: str
    new: str

    @property
    def branch(self) -> str | None:
        """The branch's name, None for a tag."""
        return self.ref.removeprefix("refs/heads/") if self.ref.startswith("refs/heads/") else None


def between(before: Mapping[str, str], after: Mapping[str, str]) -> list[Move]:
    """Return what moved between two looks at the refs."""
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    seen = (name for name in names if name.startswith(("refs/heads/", "refs/tags/")))
    return [Move(name, before.get(name, ZERO), after.get(name, ZERO)) for name in seen]


async def follow(hub: Hub, repo: Repo, move: Move, sender: Account) -> None:
    """Let everything happen that GitHub lets happen when a ref moves."""
    repo = hub.store.repos.put(replace(hub.store.repos[repo.id], pushed_at=hub.now()))
    kind = {"ref": move.branch or move.ref.removeprefix("refs/tags/"), "ref_type": "branch" if move.branch else "tag"}
    if move.old == ZERO:
        more = {"master_branch": repo.default_branch, "description": None, "pusher_type": "user"}
        emit(hub, repo, Event("create", {**kind, **more}, sender))
    if move.new == ZERO:
        emit(hub, repo, Event("delete", {**kind, "pusher_type": "user"}, sender))
    await _push(hub, repo, move, sender)
    if move.branch is None:
        return
    if move.new != ZERO:
        await _suites(hub, repo, move, sender)
    for pull in hub.store.pulls:
        if pull.state == "open":
            await _pull(hub, pull, repo, move, sender)


async def _push(hub: Hub, repo: Repo, move: Move, sender: Account) -> None:
    if not any("push" in hub.app_of(found).events for found in hub.installations(repo)):
        return
    bare, page = hub.bare(repo), page_url(hub, repo)
    listed = []
    if move.new != ZERO:
        base = move.old if move.old != ZERO else (await bare.branch(repo.default_branch) or ZERO)
        for sha in (await bare.between(base, move.new))[-LISTED:]:
            changes = await diffs.of_commit(bare, sha)
            listed.append(commit_shapes.pushed_commit(hub, repo, await bare.commit(sha), changes))
    forced = ZERO not in {move.old, move.new} and not await bare.contains(move.new, move.old)
    head = listed[-1] if listed else None
    if head is None and move.new != ZERO:
        tip = await bare.resolve(move.new) or move.new
        head = commit_shapes.pushed_commit(hub, repo, await bare.commit(tip), await diffs.of_commit(bare, tip))
    payload = {
        "ref": move.ref,
        "before": move.old,
        "after": move.new,
        "created": move.old == ZERO,
        "deleted": move.new == ZERO,
        "forced": forced,
        "base_ref": None,
        "compare": f"{page}/compare/{move.old[:12]}...{move.new[:12]}",
        "commits": listed,
        "head_commit": head,
        "pusher": {"name": sender.login, "email": sender.email or None},
    }
    shown = repository(hub, repo)
    # Alone among the webhooks, `push` writes these two as epoch seconds and the owner's name once more.
    times = {"created_at": int(repo.created_at.timestamp()), "pushed_at": int(repo.pushed_at.timestamp())}
    owner = {**shown["owner"], "name": shown["owner"]["login"], "email": None}
    emit(hub, repo, Event("push", {**payload, "repository": {**shown, **times, "owner": owner}}, sender))


async def _suites(hub: Hub, repo: Repo, move: Move, sender: Account) -> None:
    """Make a check suite for each App that may write checks."""
    for installation in hub.installations(repo):
        if installation.permissions.get("checks") == "write":
            found = suite(hub, repo, installation.app, move)
            await announce_suite(hub, found, "requested", sender)


def suite(hub: Hub, repo: Repo, app: int, move: Move) -> Suite:
    """Find or make the one check suite of an App on the commit that a branch moved to."""
    for found in hub.store.suites:
        if (found.repo, found.app, found.head_sha) == (repo.id, app, move.new):
            return found
    now, key, before = hub.now(), hub.store.next_id(), None if move.old == ZERO else move.old
    return hub.store.suites.put(Suite(key, repo.id, app, move.new, move.branch, before, created_at=now, updated_at=now))


async def announce_suite(hub: Hub, found: Suite, action: str, sender: Account) -> None:
    """Send a `check_suite` webhook, which only the suite's own App gets."""
    shown = await check_shapes.suite(hub, found)
    del shown["repository"]
    repo = hub.store.repos[found.repo]
    emit(hub, repo, Event("check_suite", {"action": action, "check_suite": shown}, sender, only=found.app))


async def _pull(hub: Hub, pull: Pull, repo: Repo, move: Move, sender: Account) -> None:
    heads = (pull.head_repo, pull.head) == (repo.id, move.branch)
    bases = (pull.repo, pull.base) == (repo.id, move.branch)
    if (heads or bases) and move.new == ZERO:
        await pulls.close(hub, pull, sender)
    elif heads and pull.head_sha != move.new:
        await _synchronize(hub, pull, repo, move, sender)
    elif bases:
        await _base_moved(hub, pull, move, sender)


async def _synchronize(hub: Hub, pull: Pull, repo: Repo, move: Move, sender: Account) -> None:
    target = hub.store.repos[pull.repo]
    await pulls.keep_head(hub, target, pull.number, repo, move.new)
    before = pull.head_sha
    pull = hub.touch(replace(pull, head_sha=move.new))
    await pulls.announce(hub, pull, "synchronize", sender, before=before, after=move.new)
    if await hub.bare(target).contains(pull.base_sha, pull.head_sha):
        await pulls.close(hub, pull, sender)


async def _base_moved(hub: Hub, pull: Pull, move: Move, sender: Account) -> None:
    bare = hub.bare(hub.store.repos[pull.repo])
    if pull.head_sha not in await bare.between(move.old, move.new):
        # GitHub leaves `updated_at` alone here, and sends nothing.
        hub.store.pulls.put(replace(pull, base_sha=move.new))
        return
    merge = pull.head_sha
    for sha in await bare.between(move.old, move.new, "--first-parent"):
        if await bare.contains(sha, pull.head_sha):
            merge = sha
            break
    await landed(hub, pull, merge, sender)


async def landed(hub: Hub, pull: Pull, commit: str, sender: Account) -> Pull:
    """Mark a pull request as merged."""
    now = hub.now()
    merged = replace(
        pull,
        state="closed",
        closed_at=now,
        updated_at=now,
        merged_at=now,
        merged_by=sender.id,
        merge_commit=commit,
    )
    hub.store.pulls.put(merged)
    await pulls.announce(hub, merged, "closed", sender)
    return merged


async def apply(hub: Hub, repo: Repo, move: Move, sender: Account) -> None:
    """Move a ref and let what follows happen; the caller holds the turn. Raises GitError if it is not at `old`."""
    await hub.bare(repo).move(move.ref, move.new, old=move.old)
    await follow(hub, repo, move, sender)


async def catch_up(hub: Hub) -> None:
    """Notice at the start what moved before we were killed: the refs are git's, and the records come after them."""
    for pull in hub.store.pulls:
        if pull.state == "open":
            await _catch_up(hub, pull)


async def _catch_up(hub: Hub, pull: Pull) -> None:
    repo, source = hub.store.repos[pull.repo], hub.store.repos[pull.head_repo]
    bare, who = hub.bare(repo), hub.store.accounts[pull.merged_by or pull.author]
    tip, head = await bare.branch(pull.base), await hub.bare(source).branch(pull.head)
    if tip and pull.merged_by and pull.merge_commit and await bare.contains(tip, pull.merge_commit):
        await landed(hub, pull, pull.merge_commit, who)
    elif head and head != pull.head_sha:
        await _synchronize(hub, pull, source, Move(f"refs/heads/{pull.head}", pull.head_sha, head), who)
    elif tip and tip != pull.base_sha:
        await _base_moved(hub, pull, Move(f"refs/heads/{pull.base}", pull.base_sha, tip), who)
