"""The conversation with the git server: a request to fetch exact commits, two if it is `git fetch`, and two to push."""

import re

import httpx
import structlog

from bot.core.model import Pushed, Refused, Sha, Stale, Transient
from bot.edge.git import failures, raw
from bot.edge.git.environment import Server
from bot.edge.git.view import View

TIMEOUT = 180.0
"""Seconds for one conversation."""

_REASON = re.compile(r"\[(?P<kind>rejected|remote rejected)\] \((?P<why>.*)\)$")
_RACES = ("stale info", "fetch first", "cannot lock ref", "failed to update ref", "reference already exists")

log = structlog.get_logger()


def fetch(http: httpx.Client, view: View, server: Server, wanted: tuple[Sha, ...]) -> None:
    """Bring commits, by their names, and all they need into the view; no ref is written.

    Any commit that a branch or pull request still holds can be asked for.
    """
    try:
        raw.fetch(http, view, server, wanted, TIMEOUT)
    except raw.Unclear as reason:
        log.info("raw fetch not understood", reason=str(reason))
        _fetch(view, server, wanted)


def _fetch(view: View, server: Server, wanted: tuple[Sha, ...]) -> None:
    options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-show-forced-updates")
    done = view.run(
        "fetch", *options, "--refmap=", "--end-of-options", server.url, *wanted,
        config=server.config(), timeout=TIMEOUT,
    )  # fmt: skip
    if done.status:
        raise failures.of_network(done.err)


def push(view: View, server: Server, ref: str, commit: Sha, expected: Sha | None) -> Pushed | Stale:
    """Point a ref at a commit, if it is where we expect it to be.

    https://git-scm.com/docs/git-push#Documentation/git-push.txt---force-with-leaseltrefnamegtltexpectgt
    """
    done = view.run(
        "push", "--porcelain", "--no-verify", f"--force-with-lease={ref}:{expected or ''}",
        "--end-of-options", server.url, f"{commit}:{ref}",
        config=server.config(), timeout=TIMEOUT,
    )  # fmt: skip
    line = next((x for x in done.out.decode(errors="replace").splitlines() if f":{ref}\t" in x), None)
    if line is None:
        raise failures.of_network(done.err)
    if not line.startswith("!"):
        return Pushed(commit)
    _settle(line, done.err)
    return Stale(tip(view, server, ref))


def tip(view: View, server: Server, ref: str) -> Sha | None:
    """Return the commit a ref on the server points at."""
    done = view.run("ls-remote", "--refs", "--end-of-options", server.url, ref, config=server.config(), timeout=TIMEOUT)
    if done.status:
        raise failures.of_network(done.err)
    lines = (line.partition("\t") for line in done.out.decode().splitlines())
    return next((sha for sha, _, name in lines if name == ref), None)


def _settle(line: str, told: str) -> None:
    """Raise what a rejection means, unless it only means that somebody was faster."""
    found = _REASON.search(line)
    why = found["why"] if found else line
    if any(race in why for race in _RACES):
        return
    if "missing necessary objects" in why:
        raise failures.Corrupt(why)
    if "internal" in why.lower() or "timeout" in why.lower():
        raise Transient(f"the git server did not take the push: {why}")
    said = [part.removeprefix("remote: ").strip() for part in told.splitlines() if part.startswith("remote: ")]
    raise Refused(f"GitHub refused the push: {' '.join(filter(None, [why, *said]))[:300]}")
