"""The check run `tierkeeper/config`: what an edit of the rules file means."""

from collections.abc import Collection, Sequence

from bot.core.model import Annotation, CheckRun, PullRequest, Rules
from bot.core.rules import PATH, Problem
from bot.core.words.markdown import block, code, count, few, table

NAME = "tierkeeper/config"
SIMULATED = 50
"""Merged pull requests the file is tried on."""


def broken(pull: PullRequest, problems: Sequence[Problem]) -> CheckRun:
    """Return the check of a file that would be refused: each problem on its line."""
    laptop = f"On a laptop: `tierkeeper check-config {PATH}`"
    listed = block("\n".join(str(problem) for problem in problems[:100]))
    return CheckRun(
        name=NAME,
        head_sha=pull.head_sha,
        conclusion="failure",
        title=f"{count(len(problems), 'problem')} in {PATH}",
        summary="\n\n".join([_elsewhere(pull) or "Merged like this, promotions would stop.", listed, laptop]),
        external_id=f"pull:{pull.number}",
        annotations=tuple(Annotation(PATH, p.line, "failure", p.message, p.path) for p in problems[:50]),
    )


def removed(pull: PullRequest) -> CheckRun:
    """Return the check of a pull request that takes the rules away."""
    return CheckRun(
        name=NAME,
        head_sha=pull.head_sha,
        conclusion="success",
        title="Without rules nothing is promoted",
        summary=f"Once {code(PATH)} is gone from the default branch, this repository is left alone.",
        external_id=f"pull:{pull.number}",
    )


def sound(
    pull: PullRequest,
    rules: Rules,
    merged: Sequence[PullRequest],
    renamed: Sequence[PullRequest],
    absent: Collection[str],
) -> CheckRun:
    """Return the check of a file that is in order: the tiers, and what it would have done with recent merges.

    `renamed` are open promotions into tiers to which the file gives another name, `absent` branches that are not there.
    """
    alone = " ⚠ is not there: nothing is promoted to this tier before it is"
    rows = [(code(one.name), f"{code(one.branch)}{alone if one.branch in absent else ''}") for one in rules.tiers]
    tiers = table(("tier", "branch"), rows)
    return CheckRun(
        name=NAME,
        head_sha=pull.head_sha,
        conclusion="success",
        title=f"In order: {count(len(rules.tiers), 'tier')}{f', {len(absent)} without a branch' if absent else ''}",
        summary="\n\n".join(filter(None, (_elsewhere(pull), tiers, _warning(renamed), _simulation(rules, merged)))),
        external_id=f"pull:{pull.number}",
    )


def _elsewhere(pull: PullRequest) -> str:
    """Return what a file means that is to be merged into another branch than the one it is read from."""
    counts = pull.repo.default_branch
    if pull.base == counts:
        return ""
    return (
        f"Only the file on {code(counts)}, the default branch, counts: "
        f"merged into {code(pull.base)}, this one changes nothing until it gets there."
    )


def _warning(renamed: Sequence[PullRequest]) -> str:
    if not renamed:
        return ""
    named = few([f"#{one.number}" for one in renamed], 10)
    opening = f"**Merge what is open first**: {count(len(renamed), 'open promotion')} ({named})"
    return f"{opening} into tiers renamed here, with a branch of the old name, would be offered a second time."


def _simulation(rules: Rules, merged: Sequence[PullRequest]) -> str:
    if not merged:
        return "No pull request was merged into these tiers lately, so there is nothing to try this file on."
    stay = [one for one in merged if set(one.labels) & set(rules.skip_labels)]
    opening = f"With this file, of the last {count(len(merged), 'merged pull request')}"
    paths = " What they touch was not looked at: `skip.paths` may hold more of them back." if rules.skip_paths else ""
    if not stay:
        offered = "no label would have kept any where it is" if paths else "all would be offered to the next tier"
        return f"{opening}, {offered}.{paths}"
    named = ", ".join(f"#{one.number}" for one in stay[:10])
    return f"{opening}, {len(stay)} would have stayed where they are by label: {named}.{paths}"
