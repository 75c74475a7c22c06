"""A change about to be pushed to a server that can be told to lie about what came of it."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from bot.core.model import Picked, Pushed, Repository, Sha, Stale
from bot.edge.git import MirrorGit
from tests.edge import gitserver
from tests.edge.gitrepo import CLEAN, CONFLICTED, Upstream, git, merged
from tests.edge.gitserver import Server

RESULT = "application/x-git-receive-pack-result"
BRANCH = "promote/tier-1/12"
REF = f"refs/heads/{BRANCH}"
RAW = ["POST git-receive-pack"]
FALLEN_BACK = [*RAW, "GET info/refs?service=git-receive-pack", *RAW]
TEAPOT = 418
"""A status that means nothing to us, so that git has to ask."""

Lie = Callable[..., None]


def packets(*lines: bytes) -> bytes:
    return b"".join(f"{len(line) + 4:04x}".encode() + line for line in lines)


def reported(*lines: str) -> bytes:
    report = packets(*(f"{line}\n".encode() for line in lines)) + b"0000"
    return packets(b"\2Thinking\n", b"\1" + report[:7], b"\1", b"\1" + report[7:]) + b"0000"


@pytest.fixture
def lie(monkeypatch: pytest.MonkeyPatch) -> Lie:
    """Return what lets pushes be answered with anything: so many of them, and `after` they were done, or not at all."""
    honest = gitserver._Handler._backend

    def tell(content: bytes, kind: str = RESULT, *, times: int = 1, after: bool = False, lacking: int = 0) -> None:
        left = [True] * times

        def backend(self: gitserver._Handler, state: Server, body: bytes) -> None:
            if f"POST {self.path}" != "POST /acme/config.git/git-receive-pack" or not left:
                honest(self, state, body)
                return
            left.pop()
            wire = self.wfile
            if after:
                self.wfile = io.BytesIO()
                honest(self, state, body)
                self.wfile = wire
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content) + lacking))
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = True

        monkeypatch.setattr(gitserver._Handler, "_backend", backend)

    return tell


@dataclass(frozen=True, slots=True)
class Scene:
    """A change merged since the mirror was made."""

    engine: MirrorGit
    server: Server
    upstream: Upstream
    repo: Repository
    commit: Sha

    async def push(self, *, expected: Sha | None = None, statuses: tuple[int, ...] = ()) -> Pushed | Stale:
        """Pick the change onto `tier-1` and push that; the server answers with some statuses first."""
        onto = self.upstream.tip("tier-1")
        async with self.engine.workspace(self.repo) as work:
            change = await work.change(merged(self.repo, self.commit, head=self.commit), onto=onto)
            outcome = await work.pick(change, onto=onto, commit=CLEAN, conflicted=CONFLICTED, into="tier-1")
            assert isinstance(outcome, Picked)
            self.server.asked.clear()
            self.server.headers.clear()
            self.server.failures[:] = statuses
            return await work.push(BRANCH, outcome.commit, expected=expected)

    def asked(self) -> list[str]:
        """Return what was asked of the server's receiving half."""
        return [re.sub(r"/acme/\w+\.git/", "", asked) for asked in self.server.asked if "receive-pack" in asked]

    def at(self, branch: str, commit: Sha) -> None:
        """Let somebody else point a branch at a commit."""
        git(self.upstream.bare, "update-ref", f"refs/heads/{branch}", commit)

    def is_sound(self) -> bool:
        """Return whether the server has all of what was picked, as `git cherry-pick` would have made it."""
        git(self.upstream.bare, "fsck", "--strict", "--no-dangling")
        tree = git(self.upstream.bare, "rev-parse", f"{self.upstream.tip(BRANCH)}^{{tree}}")
        return tree == self.upstream.picked(self.upstream.tip("tier-1"), self.commit)

    def hook(self, name: str, script: str) -> None:
        """Let the server run something at each push."""
        path = self.upstream.bare / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)


@pytest.fixture
async def scene(engine: MirrorGit, server: Server, upstream: Upstream, repo: Repository) -> Scene:
    """Make a mirror, and then merge a change."""
    return await prepared(engine, server, upstream, repo)


async def prepared(engine: MirrorGit, server: Server, upstream: Upstream, repo: Repository) -> Scene:
    """Make a mirror, and then merge a change to a file that both tiers have edited, and to one of many in a folder."""
    files: dict[str, str | bytes | None] = {f"apps/part-{n}.yaml": f"part: {n}\n" for n in range(400)}
    upstream.commit({**files, "app.yaml": "".join(f"line {n}\n" for n in range(40))}, "Many")
    upstream.git("branch", "--force", "tier-1")
    upstream.publish()
    async with engine.workspace(repo):
        pass
    upstream.on("tier-1")
    upstream.commit({"app.yaml": "".join(f"line {n}\n" for n in range(39)), "apps/part-9.yaml": "own: 9\n"}, "Own")
    upstream.on("tier-0")
    edited = {"app.yaml": "new\n" + "".join(f"line {n}\n" for n in range(40)), "apps/part-7.yaml": "part: seven\n"}
    commit = upstream.commit(edited, "Bump (#12)")
    upstream.publish()
    return Scene(engine, server, upstream, repo, commit)
