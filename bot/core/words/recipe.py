"""How a person does by hand what the bot does, in a fresh clone and without disturbing its work tree."""

import re
from shlex import quote

from bot.core.model import Change, Promotion
from bot.core.promotion import CONFLICT_TRAILER, RESOLVED


def promote(ask: Promotion, change: Change) -> str:
    """Return the commands that make and push the promotion branch."""
    tree, target = _tree(ask), quote(f"refs/heads/{ask.target.branch}")
    shas = " ".join(one.sha for one in change.commits)
    mainline = "-m 1 " if change.method == "merge" else ""
    return _lines(
        f"git fetch origin {change.head.sha}",
        f"git fetch origin {target}",
        f"git worktree add --detach {tree} FETCH_HEAD",
        f"git -C {tree} cherry-pick -x {mainline}{shas}",
        f"git -C {tree} push origin HEAD:{quote(f'refs/heads/{ask.branch}')}",
        f"git worktree remove {tree}",
        f"gh pr create --base {quote(ask.target.branch)} --head {quote(ask.branch)} --fill",
    )


def resolve(ask: Promotion) -> str:
    """Return the commands that settle a conflict on the promotion branch and say so in a trailer."""
    tree, branch = _tree(ask), quote(f"refs/heads/{ask.branch}")
    return _lines(
        f"git fetch origin {branch}",
        f"git worktree add --detach {tree} FETCH_HEAD",
        f"# edit the files named above, in {tree}, until no marker is left; then:",
        f"git -C {tree} add --all",
        f"git -C {tree} commit --message 'Resolve the conflict' --trailer '{CONFLICT_TRAILER}: {RESOLVED}'",
        f"git -C {tree} push origin HEAD:{branch}",
        f"git worktree remove {tree}",
    )


def _tree(ask: Promotion) -> str:
    """Return a folder beside the clone."""
    return "../" + re.sub(r"[^A-Za-z0-9.]+", "-", ask.branch)


def _lines(*commands: str) -> str:
    return "\n".join(commands)
