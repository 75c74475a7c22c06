"""The processes on stage: a sandbox and one bot or several, each of which may be killed at any moment."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

T = TypeVar("T")

STARTING = 30.0
"""Seconds a process may take until it answers."""


def eventually(look: Callable[[], T | None], what: str, *, within: float = 30.0) -> T:
    """Return what `look` finds as soon as it finds something; TimeoutError names what never came, after seconds."""
    deadline = time.monotonic() + within
    while True:
        with suppress(httpx.TransportError):
            found = look()
            if found is not None and found is not False:
                return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come about within {within:.0f} s")
        time.sleep(0.05)


def free_port() -> int:
    """Return a port of loopback that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Process:
    """One program and its log; it can be started again with all it had."""

    command: tuple[str, ...]
    log: Path
    url: str
    """Where it listens."""
    path: str
    """What answers 200 there once it is ready."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is ready."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start it without waiting."""
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(  # noqa: S603 - our own interpreter and modules
                self.command,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Wait until it answers; RuntimeError with the end of its log if it ended instead."""

        def answers() -> bool:
            if not self.alive():
                raise RuntimeError(f"{' '.join(self.command)} ended:\n{self.log.read_text()[-2000:]}")
            return httpx.get(self.address(self.path)).is_success

        eventually(answers, self.address(self.path), within=STARTING)

    def address(self, path: str) -> str:
        """Return the whole address of a page of it."""
        return self.url + path

    def alive(self) -> bool:
        """Return whether it runs."""
        return self.child is not None and self.child.poll() is None

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self.child:
            self.child.kill()
            self.child.wait()

    def stop(self) -> int:
        """Ask it to end, and return its exit status; after half a minute it is killed."""
        if self.child is None:
            return 0
        self.child.terminate()
        try:
            return self.child.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            return -9


@dataclass(frozen=True, slots=True)
class Person:
    """Someone with a token, working through the API."""

    api: httpx.Client
    repo: str

    def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401 - JSON
        """Read something of the repository."""
        return self.api.get(f"/repos/{self.repo}{path}", params=query).raise_for_status().json()

    def merge(self, number: int, method: str = "merge") -> None:
        """Merge a pull request."""
        path = f"/repos/{self.repo}/pulls/{number}/merge"
        self.api.put(path, json={"merge_method": method}).raise_for_status()

    def pull(self, title: str) -> dict[str, Any] | None:
        """Return the pull request of that title, in any state."""
        found: list[dict[str, Any]] = self.get("/pulls", state="all", per_page=100)
        return next((pull for pull in found if pull["title"] == title), None)

    def comments(self, number: int, login: str) -> list[str]:
        """Return what an account said on a pull request."""
        said = self.get(f"/issues/{number}/comments", per_page=100)
        return [comment["body"] for comment in said if comment["user"]["login"] == login]


@dataclass(frozen=True, slots=True)
class Stage:
    """A sandbox with the demo's repository and the App that the bots play."""

    folder: Path
    url: str
    bot_port: int
    sandbox: Process

    @classmethod
    def build(cls, folder: Path, *options: str) -> "Stage":
        """Start a sandbox whose state lives in the folder; `options` are further ones of its command line.

        One that does not come up is stopped again.
        """
        folder.mkdir(parents=True, exist_ok=True)
        port, bot_port = free_port(), free_port()
        url = f"http://127.0.0.1:{port}"
        program = (sys.executable, "-m", "sandbox", "--port", str(port), "--data", str(folder / "github"))
        command = (*program, "--webhook", f"http://127.0.0.1:{bot_port}/github", *options)
        stage = cls(folder, url, bot_port, Process(command, folder / "sandbox.log", url, "/_sandbox/faults"))
        try:
            stage.sandbox.start()
            eventually((folder / "github" / "app.json").exists, "the seeded repository")
        except BaseException:
            stage.sandbox.stop()
            raise
        return stage

    def known(self) -> dict[str, Any]:
        """Return the App's secrets and the people's tokens."""
        known: dict[str, Any] = json.loads((self.folder / "github" / "app.json").read_text())
        return known

    def bot(self, *, port: int | None = None, name: str = "bot", **settings: str) -> Process:
        """Return a bot to be started; `settings` are further environment variables."""
        known, port = self.known(), port or self.bot_port
        environment = {
            "APP_ID": str(known["app_id"]),
            "PRIVATE_KEY": known["private_key"],
            "WEBHOOK_SECRET": known["webhook_secret"],
            "GITHUB_API_URL": f"{self.url}/api/v3",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "STATE_DIR": str(self.folder / name),
            **settings,
        }
        command = (sys.executable, "-m", "bot", "serve")
        return Process(command, self.folder / f"{name}.log", f"http://127.0.0.1:{port}", "/readyz", environment)

    def person(self, login: str = "kim", repo: str = "acme/shop-config") -> Person:
        """Return someone who may write to the repository."""
        headers = {"Authorization": f"Bearer {self.known()['people'][login]}"}
        return Person(httpx.Client(base_url=f"{self.url}/api/v3", headers=headers, timeout=30), repo)

    def calls(self, since: int = 0) -> dict[str, Any]:
        """Count the requests the sandbox got after a mark."""
        counted: dict[str, Any] = httpx.get(f"{self.url}/_sandbox/calls", params={"since": since}).json()
        return counted

    def quiet(self) -> None:
        """Wait until no webhook is on its way."""
        httpx.post(f"{self.url}/_sandbox/quiet", timeout=60).raise_for_status()
