"""The whole bot beside a sandbox, the wire between them tapped, and people who merge."""

import base64
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bench.history import SOURCE, TARGET, History, git, path, text
from bench.tap import Exchange, Tap, tapping
from bot.demo.stage import Person, Process, Stage, eventually, free_port

RULES = f"version: 1\ntiers:\n  - name: {SOURCE}\n  - name: {TARGET}\n"
SETTLED = 0.5
"""Seconds without a request after which all is said."""


@dataclass(slots=True)
class Scene:
    """What is on stage."""

    stage: Stage
    tap: Tap
    bot: Process
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    files: dict[str, int] = field(default_factory=dict)
    """How many each repository has."""

    def plant(self, name: str, files: int) -> Person:
        """Make a repository of that many files; return who works on it."""
        plot = {"full_name": name, "files": {".github/tierkeeper.yml": RULES}, "branches": [SOURCE, TARGET]}
        httpx.post(f"{self.stage.url}/_sandbox/repositories", json=plot, timeout=60).raise_for_status()
        local = History.create(self.stage.folder / "local" / f"{name}.git", files, extra=RULES)
        to = f"{self.stage.url}/{name}.git"
        refs = [f"+refs/heads/{branch}" for branch in (SOURCE, TARGET)]
        git(local.bare, "push", "--quiet", to, *refs, also=self._allowed())
        self.files[name] = files
        return self.stage.person("kim", name)

    def _allowed(self) -> dict[str, str]:
        """Return the environment in which git pushes as Kim."""
        basic = httpx.BasicAuth("kim", self.stage.known()["people"]["kim"])
        request = next(basic.auth_flow(httpx.Request("GET", self.stage.url)))
        header = f"Authorization: {request.headers['Authorization']}"
        return {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.extraHeader", "GIT_CONFIG_VALUE_0": header}

    def propose(self, kim: Person) -> int:
        """Open a pull request that changes a file nobody has changed since the tiers parted; return its number."""
        turn = next(self.numbers)
        branch, file = f"topic-{turn}", path(self.files[kim.repo] - turn)
        tip = kim.get(f"/git/ref/heads/{SOURCE}")["object"]["sha"]
        ask(kim, "POST", "/git/refs", ref=f"refs/heads/{branch}", sha=tip)
        old = kim.get(f"/contents/{file}", ref=branch)["sha"]
        content = base64.b64encode(text(turn, 10**6 + turn).encode()).decode()
        ask(kim, "PUT", f"/contents/{file}", message=f"Edit {turn}", content=content, branch=branch, sha=old)
        return int(ask(kim, "POST", "/pulls", title=f"Edit {turn}", head=branch, base=SOURCE, body="")["number"])

    def settle(self) -> None:
        """Wait until nothing is on its way, or being worked on, any more."""
        self.stage.quiet()

        def settled() -> bool:
            last = max((each.ended for each in self.tap.exchanges), default=0.0)
            silent = self.tap.open == 0 and time.monotonic() - last > SETTLED
            return silent and "tierkeeper_oldest_unfinished_seconds 0.0" in httpx.get(self.bot.address("/metrics")).text

        eventually(settled, "an end of the conversation", within=120)

    def event(self, kim: Person, *, pause: float = 0) -> "Event":
        """Propose and merge a change, and wait for its promotion pull request and for all that follows from it."""
        number = self.propose(kim)
        self.settle()
        time.sleep(pause)
        return self.promote(kim, number)

    def promote(self, kim: Person, number: int) -> "Event":
        """Merge a pull request, and wait likewise."""
        self.tap.exchanges.clear()
        kim.merge(number, "squash")

        def opened() -> bool:
            return any(is_opening(each) for each in self.tap.exchanges)

        eventually(opened, f"the promotion of #{number}", within=300)
        self.settle()
        made = next(each for each in self.tap.exchanges if is_opening(each))
        assert not json.loads(made.body)["draft"], f"#{number} conflicts, and is not what is to be measured"
        return Event(number, tuple(self.tap.exchanges))


@dataclass(frozen=True, slots=True)
class Event:
    """One merge and what was said about it."""

    number: int
    exchanges: tuple[Exchange, ...]
    """All, in the order in which they ended."""

    @property
    def began(self) -> float:
        """When the merge's webhook came."""
        wanted = b'"action":"closed"'
        return next(each.began for each in self.exchanges if each.kind == "webhook" and wanted in each.body)

    @property
    def ended(self) -> float:
        """When the promotion pull request was open."""
        return next(each.ended for each in self.exchanges if is_opening(each))

    @property
    def requests(self) -> Sequence[Exchange]:
        """What the bot asked until then, in order."""
        asked = [each for each in self.exchanges if each.kind != "webhook" and self.began <= each.began]
        return sorted((each for each in asked if each.ended <= self.ended), key=lambda each: each.began)


def is_opening(exchange: Exchange) -> bool:
    """Return whether a promotion pull request was opened."""
    return exchange.method == "POST" and exchange.path.endswith("/pulls") and exchange.status == 201


def ask(person: Person, method: str, where: str, **body: object) -> Any:  # noqa: ANN401 - JSON
    """Ask the API for something below the repository; refusals are errors."""
    return person.api.request(method, f"/repos/{person.repo}{where}", json=body).raise_for_status().json()


@contextmanager
def playing(folder: Path, **settings: str) -> Iterator[Scene]:
    """Set the scene; the bot is started with further settings."""
    stage = Stage.build(folder)
    tapped, port = f"http://127.0.0.1:{stage.bot_port}", free_port()
    bot = stage.bot(port=port, GITHUB_API_URL=f"{tapped}/api/v3", SWEEP_INTERVAL="86400", **settings)
    tap = Tap(tapped, stage.url, bot.url, stage.known()["webhook_secret"].encode())
    try:
        with tapping(tap):
            bot.start()
            yield Scene(stage, tap, bot)
    finally:
        bot.stop()
        stage.sandbox.stop()
