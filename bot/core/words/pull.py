"""The promotion pull request: what it carries, from where, and how to do the same by hand."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.lineage import Hop
from bot.core.model import Change, Promotion, PullRequest
from bot.core.words import recipe
from bot.core.words.markdown import block, code, count, details, table


@dataclass(frozen=True, slots=True)
class Offer:
    """A promotion as its pull request describes it."""

    ask: Promotion
    change: Change
    lineage: Sequence[Hop]
    policies: Sequence[str]


def body(offer: Offer) -> str:
    """Return the body of a clean promotion pull request."""
    opening = f"{brings(offer.ask)}: {count(len(offer.change.paths), 'path')}, picked cleanly."
    by_hand = details("The same by hand", block(recipe.promote(offer.ask, offer.change), "sh"))
    return "\n\n".join([opening, facts(offer), by_hand])


def settled_body(offer: Offer) -> str:
    """Return the body of one that was a conflict until somebody settled it."""
    opening = f"{brings(offer.ask)}; a conflict was settled by the commits of this pull request."
    return "\n\n".join([opening, facts(offer)])


def branch_kept(ask: Promotion) -> str:
    """Say why nothing was pushed, and how to let the bot make the branch anew."""
    return (
        f"branch {code(ask.branch)} holds commits by others and was left as it is; "
        f"to have it made anew: {code(f'git push origin --delete {ask.branch}')}"
    )


def branch_taken(ask: Promotion, pull: PullRequest) -> str:
    """Say why nothing was pushed under the branch of a pull request that a person opened for something else."""
    return (
        f"branch {code(ask.branch)} is taken by #{pull.number}, "
        f"which does not bring this change to {code(ask.target.name)}; close that one to go on"
    )


def brings(ask: Promotion) -> str:
    """Return how the first sentence begins."""
    tiers = ask.rules.tiers
    between = [code(tier.name) for tier in tiers[tiers.index(ask.origin) + 1 : tiers.index(ask.target)]]
    passed = f" ({' and '.join(between)} {'has' if len(between) == 1 else 'have'} it already)" if between else ""
    return f"Brings #{ask.source} from {code(ask.origin.name)} to {code(ask.target.name)}{passed}"


def facts(offer: Offer) -> str:
    """Return where the change has been, and which policies it meets."""
    rows = [
        (code(hop.tier) if hop.tier else "-", f"#{hop.pull}" if hop.pull else "-", hop.commit) for hop in offer.lineage
    ]
    here = (f"**{code(offer.ask.target.name)}**", "this one", "-")
    named = ", ".join(code(name) for name in offer.policies)
    lineage = table(("tier", "pull request", "commit"), [*rows, here])
    return f"{lineage}\n\nPolicies in force: {named}; the check `tierkeeper/promotion` tells."
