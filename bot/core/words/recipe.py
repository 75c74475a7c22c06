"""How a person does by hand what the bot does, in a fresh clone and without disturbing its work tree."""

import re
from shlex import quote

from bot.core.model import Change, Promotion
from bot.core.promotion import CONFLICT_TRAILER, RESOLVED


def promote(ask: Promotion, change: Change) -> str:
    """Return the commands that make and push the promotion branch; each runs only if those before it went well."""
    return _chain(*_pick(ask, change), *_offer(ask))


def settle_by_hand(ask: Promotion, change: Change) -> tuple[str, str]:
    """Return the commands up to where `git cherry-pick` stops at the conflict, and those after it is settled."""
    folder = tree(ask)
    after = (f"git -C {folder} add --all", f"git -C {folder} -c core.editor=true cherry-pick --continue")
    return _chain(*_pick(ask, change)), _chain(*after, *_offer(ask))


def resolve(ask: Promotion) -> tuple[str, str]:
    """Return the commands that fetch a draft to be settled, and those that say in a trailer that it is."""
    folder, branch = tree(ask), quote(f"refs/heads/{ask.branch}")
    before = _chain(f"git fetch origin {branch}", f"git worktree add --detach {folder} FETCH_HEAD")
    answer = f"--message 'Resolve the conflict' --trailer '{CONFLICT_TRAILER}: {RESOLVED}'"
    after = _chain(
        f"git -C {folder} add --all",
        f"git -C {folder} commit --allow-empty {answer}",
        f"git -C {folder} push origin HEAD:{branch}",
        f"git worktree remove {folder}",
    )
    return before, after


def _pick(ask: Promotion, change: Change) -> tuple[str, ...]:
    folder, target = tree(ask), quote(f"refs/heads/{ask.target.branch}")
    return (
        f"git fetch origin {change.head.sha}",
        f"git fetch origin {target}",
        f"git worktree add --detach {folder} FETCH_HEAD",
        f"git -C {folder} cherry-pick -x {_what(change)}",
    )


def _what(change: Change) -> str:
    """Return what to cherry-pick: commits, or a merge with the side it is held against."""
    if len(change.head.parents) > 1 and change.base in change.head.parents:
        return f"-m {change.head.parents.index(change.base) + 1} {change.head.sha}"
    if len(change.commits) == 1 and change.base not in change.head.parents:
        return f"{change.base}..{change.head.sha}"
    return " ".join(one.sha for one in change.commits)


def _offer(ask: Promotion) -> tuple[str, ...]:
    folder, base, branch = tree(ask), quote(ask.target.branch), quote(ask.branch)
    return (
        f"git -C {folder} push origin HEAD:{quote(f'refs/heads/{ask.branch}')}",
        f"git worktree remove {folder}",
        f"gh pr create --base {base} --head {branch} --fill",
    )


def tree(ask: Promotion) -> str:
    """Return the folder, beside the clone, in which the recipes work."""
    return "../" + re.sub(r"[^A-Za-z0-9.]+", "-", ask.branch)


def _chain(*commands: str) -> str:
    return " &&\n".join(commands)
