"""The conversation with the git server: one request to fetch exact commits and one to push, two each if it is by git.

Git itself takes over where our own way of asking is not understood. It can after a push too, however that ended: it
asks first where the ref is, and leaves alone one that is there already or not where we expect it.
"""

import re

import httpx
import structlog

from bot.core.model import Pushed, Refused, Sha, Stale, Transient
from bot.edge.git import failures, raw_fetch, raw_push
from bot.edge.git.environment import Server
from bot.edge.git.raw_push import Rejection, Update
from bot.edge.git.view import View
from bot.edge.git.wire import Unclear

TIMEOUT = 180.0
"""Seconds for one conversation."""

_REASON = re.compile(r"\[(?P<kind>rejected|remote rejected)\] \((?P<why>.*)\)$")
_RACES = ("stale info", "fetch first", "cannot lock ref", "failed to update ref", "reference already exists")
_IN_THE_WAY = re.compile(r"directory file conflict|exists; cannot create")
"""Where there is a branch `a`, there can be no `a/b`, and the other way round."""

log = structlog.get_logger()


def fetch(http: httpx.Client, view: View, server: Server, wanted: tuple[Sha, ...]) -> None:
    """Bring commits, by their names, and all they need into the view; no ref is written.

    Any commit that a branch or pull request still holds can be asked for.
    """
    try:
        raw_fetch.fetch(http, view, server, wanted, TIMEOUT)
    except Unclear as reason:
        log.info("raw fetch not understood", reason=str(reason))
        _fetch(view, server, wanted)


def push(http: httpx.Client, view: View, server: Server, update: Update) -> Pushed | Stale:
    """Point a ref at a commit, if it is where we expect it to be."""
    try:
        rejection = raw_push.push(http, view, server, update, TIMEOUT)
    except Unclear as reason:
        log.info("raw push not understood", reason=str(reason))
        rejection = _push(view, server, update)
    if rejection is None:
        return Pushed(update.commit)
    now = tip(view, server, update.ref)
    if now == update.commit:
        return Pushed(update.commit)
    if now == update.expected:
        _settle(rejection, update.ref)
    return Stale(now)


def tip(view: View, server: Server, ref: str) -> Sha | None:
    """Return the commit a ref on the server points at."""
    done = view.run("ls-remote", "--refs", "--end-of-options", server.url, ref, config=server.config(), timeout=TIMEOUT)
    if done.status:
        raise failures.of_network(done.err)
    lines = (line.partition("\t") for line in done.out.decode().splitlines())
    return next((sha for sha, _, name in lines if name == ref), None)


def _fetch(view: View, server: Server, wanted: tuple[Sha, ...]) -> None:
    options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-show-forced-updates")
    done = view.run(
        "fetch", *options, "--refmap=", "--end-of-options", server.url, *wanted,
        config=server.config(), timeout=TIMEOUT,
    )  # fmt: skip
    if done.status:
        raise failures.of_network(done.err)


def _push(view: View, server: Server, update: Update) -> Rejection | None:
    """Push by `git push`, of which a ref that is there already is none.

    https://git-scm.com/docs/git-push#Documentation/git-push.txt---force-with-leaseltrefnamegtltexpectgt
    """
    done = view.run(
        "push", "--porcelain", "--no-verify", f"--force-with-lease={update.ref}:{update.expected or ''}",
        "--end-of-options", server.url, f"{update.commit}:{update.ref}",
        config=server.config(), timeout=TIMEOUT,
    )  # fmt: skip
    line = next((x for x in done.out.decode(errors="replace").splitlines() if f":{update.ref}\t" in x), None)
    if line is None:
        raise failures.of_network(done.err)
    if not line.startswith("!"):
        return None
    found = _REASON.search(line)
    said = (part.removeprefix("remote: ").strip() for part in done.err.splitlines() if part.startswith("remote: "))
    return Rejection(found["why"] if found else line, tuple(said))


def _settle(rejection: Rejection, ref: str) -> None:
    """Raise what a rejection means, unless it only means that somebody was faster."""
    why = rejection.why
    if _IN_THE_WAY.search(" ".join([why, *rejection.said])):
        name = ref.removeprefix("refs/heads/")
        raise Refused(
            f"a branch is in the way of {name}, for git has no branch below another, such as "
            f"{name.partition('/')[0]}: rename or delete it"
        )
    if any(race in why for race in _RACES):
        return
    if "missing necessary objects" in why:
        raise failures.Corrupt(why)
    if "internal" in why.lower() or "timeout" in why.lower():
        raise Transient(f"the git server did not take the push: {why}")
    raise Refused(f"GitHub refused the push: {' '.join(filter(None, [why, *rejection.said]))[:300]}")
