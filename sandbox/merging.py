"""The three ways GitHub merges, as commits written without a work tree. Nothing here moves a ref."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.git import Bare, Commit, Ident, NewCommit
from sandbox.hub import Hub
from sandbox.records import Account, Pull

GITHUB = ("GitHub", "noreply@github.com")
COAUTHOR = re.compile(r"^co-authored-by:", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Message:
    """What a caller wants the commit to say; None: what GitHub would."""

    title: str | None = None
    text: str | None = None


def ident(hub: Hub, account: Account) -> Ident:
    """Return how an account signs a commit now; the address hides unless the account has its own."""
    email = account.email or f"{account.id}+{account.login}@users.noreply.github.com"
    return Ident(account.name or account.login, email, f"{int(hub.now().timestamp())} +0000")


def github(hub: Hub) -> Ident:
    """Return how GitHub itself signs: the committer of what was made on its pages."""
    return Ident(*GITHUB, f"{int(hub.now().timestamp())} +0000")


async def test_merge(hub: Hub, pull: Pull) -> str | None:
    """Return GitHub's test merge of an open pull request, or None where it conflicts; always the same commit."""
    bare = hub.bare(hub.store.repos[pull.repo])
    tree = await bare.merge_tree(pull.base_sha, pull.head_sha)
    if tree is None:
        return None
    when = Ident(*GITHUB, f"{int(pull.created_at.timestamp())} +0000")
    message = f"Merge {pull.head_sha} into {pull.base_sha}"
    return await bare.write(NewCommit(tree, (pull.base_sha, pull.head_sha), message, when, when))


async def merge(hub: Hub, pull: Pull, tip: str, actor: Account, message: Message) -> str | None:
    """Write a merge commit on top of the base, or return None where it conflicts."""
    repo = hub.store.repos[pull.repo]
    bare = hub.bare(repo)
    tree = await bare.merge_tree(tip, pull.head_sha)
    if tree is None:
        return None
    owner = hub.store.accounts[hub.store.repos[pull.head_repo].owner].login
    title = message.title or f"Merge pull request #{pull.number} from {owner}/{pull.head}"
    text = pull.title if message.text is None else message.text
    return await bare.write(NewCommit(tree, (tip, pull.head_sha), _join(title, text), ident(hub, actor), github(hub)))


async def squash(hub: Hub, pull: Pull, tip: str, message: Message) -> str | None:
    """Write one commit that holds the whole pull request, in its author's name; None where it conflicts."""
    bare = hub.bare(hub.store.repos[pull.repo])
    tree = await bare.merge_tree(tip, pull.head_sha)
    if tree is None:
        return None
    commits = [await bare.commit(sha) for sha in await bare.between(tip, pull.head_sha, "--no-merges")]
    author = ident(hub, hub.store.accounts[pull.author])
    only = commits[0].message if len(commits) == 1 else None
    title = message.title or f"{(only or pull.title).splitlines()[0]} (#{pull.number})"
    text = message.text if message.text is not None else _squashed(commits, author)
    return await bare.write(NewCommit(tree, (tip,), _join(title, text), author, github(hub)))


def _squashed(commits: Sequence[Commit], author: Ident) -> str:
    """Return GitHub's default text: the only commit's own, or a list of them all, with who else wrote them."""
    if len(commits) == 1:
        return commits[0].message.partition("\n")[2].strip("\n")
    others = {f"{found.author.name} <{found.author.email}>" for found in commits if found.author.email != author.email}
    listed = "\n\n".join(f"* {found.message.strip()}" for found in commits)
    trailers = "\n".join(f"Co-authored-by: {other}" for other in sorted(others))
    return f"{listed}\n\n---------\n\n{trailers}" if trailers and not COAUTHOR.search(listed) else listed


async def rebase(hub: Hub, pull: Pull, tip: str) -> str | None:
    """Write each commit of the pull request anew on top of the base; None where one conflicts."""
    bare = hub.bare(hub.store.repos[pull.repo])
    for sha in await bare.between(tip, pull.head_sha, "--no-merges"):
        found = await bare.commit(sha)
        tree = await _pick(bare, found, tip, github(hub))
        if tree is None:
            return None
        tip = await bare.write(NewCommit(tree, (tip,), found.message, found.author, github(hub)))
    return tip


async def _pick(bare: Bare, found: Commit, tip: str, who: Ident) -> str | None:
    """Return the tree of a commit's change on top of a tip.

    Git 2.39 has no `merge-tree --merge-base`: a stand-in for the tip, whose parent is the commit's own parent, makes
    that parent the merge base.
    """
    tree = (await bare.commit(tip)).tree
    stand_in = await bare.write(NewCommit(tree, found.parents[:1], "stand-in", who, who))
    return await bare.merge_tree(stand_in, found.sha)


def _join(title: str, text: str) -> str:
    return f"{title}\n\n{text}\n" if text else f"{title}\n"
