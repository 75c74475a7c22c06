"""Merging a pull request: GitHub's conditions, one of three commits, and the base branch moved."""

from dataclasses import dataclass, field, replace

from sandbox import merging, moves
from sandbox.access import Actor
from sandbox.errors import Refusal
from sandbox.git import GitError, NewCommit
from sandbox.hub import Hub
from sandbox.merging import Message
from sandbox.moves import Move
from sandbox.records import Account, Pull

METHODS = ("merge", "squash", "rebase")


@dataclass(frozen=True, slots=True)
class Wish:
    """How a caller wants a pull request merged."""

    method: str = "merge"
    sha: str | None = None
    """The head it must still have."""
    message: Message = field(default_factory=Message)


async def merge(hub: Hub, pull: Pull, wish: Wish, actor: Actor) -> str:
    """Merge and return the commit; refuses with 405, 409 or 422. https://docs.github.com/en/rest/pulls/pulls#merge-a-pull-request."""
    repo = hub.store.repos[pull.repo]
    bare = hub.bare(repo)
    async with bare.turn:
        pull = hub.store.pulls[pull.id]
        _may(pull, wish)
        tip = await bare.branch(pull.base)
        if tip is None:
            raise Refusal(405, "Pull Request is not mergeable")
        commit = await _written(hub, pull, tip, wish, actor)
        if commit is None:
            rebased = wish.method == "rebase"
            raise Refusal(405, "This branch can't be rebased" if rebased else "Pull Request is not mergeable")
        move = Move(f"refs/heads/{pull.base}", tip, commit)
        # Written down before the branch moves: if we are killed between the two, the next start knows what was meant.
        hub.store.pulls.put(replace(pull, merge_commit=commit, merged_by=actor.account.id))
        try:
            await bare.move(move.ref, commit, old=tip)
        except GitError as error:
            hub.store.pulls.put(pull)
            raise Refusal(405, "Base branch was modified. Review and try the merge again.") from error
        await moves.landed(hub, pull, commit, actor.account)
        await moves.follow(hub, repo, move, actor.account)
    return commit


def _may(pull: Pull, wish: Wish) -> None:
    if wish.method not in METHODS:
        raise Refusal(422, f'Invalid request.\n\n{wish.method} is not a member of ["merge", "squash", "rebase"].')
    if pull.state == "closed":
        raise Refusal(405, "Pull Request is not mergeable")
    if pull.draft:
        raise Refusal(405, "Pull Request is still a draft")
    if wish.sha is not None and wish.sha != pull.head_sha:
        raise Refusal(409, "Head branch was modified. Review and try the merge again.")


async def _written(hub: Hub, pull: Pull, tip: str, wish: Wish, actor: Actor) -> str | None:
    match wish.method:
        case "squash":
            return await merging.squash(hub, pull, tip, wish.message)
        case "rebase":
            return await merging.rebase(hub, pull, tip)
        case _:
            return await merging.merge(hub, pull, tip, actor.account, wish.message)


async def refreshed(hub: Hub, pull: Pull, who: Account) -> str:
    """Write a merge of the base into a pull request's head and return it, without moving the branch."""
    bare = hub.bare(hub.store.repos[pull.repo])
    tree = await bare.merge_tree(pull.head_sha, pull.base_sha)
    if tree is None:
        raise Refusal(422, "merge conflict between base and head")
    if await bare.contains(pull.head_sha, pull.base_sha):
        raise Refusal(422, "There are no new commits on the base branch.")
    signed, message = merging.ident(hub, who), f"Merge branch '{pull.base}' into {pull.head}\n"
    parents = (pull.head_sha, pull.base_sha)
    return await bare.write(NewCommit(tree, parents, message, signed, merging.github(hub)))
