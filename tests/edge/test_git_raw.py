"""The fetch in git's own protocol: what it costs, what it does not believe, and when `git fetch` has to help out."""

import base64
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.core.model import Picked, Refused, Repository, Sha, Transient
from bot.edge.git import MirrorGit, clone, remote, wire
from bot.edge.git.failures import Corrupt
from bot.edge.git.workspace import Job
from tests.edge import gitserver
from tests.edge.gitrepo import CLEAN, CONFLICTED, Upstream, git, merged, run
from tests.edge.gitserver import TOKEN, Server, token

RESULT = "application/x-git-upload-pack-result"
BRANCH = "promote/tier-1/12"
OURS = b"agent=tierkeeper\n"
ANYBODYS = b"command=fetch"
RAW = ["POST git-upload-pack"]
FALLEN_BACK = [*RAW, "GET info/refs?service=git-upload-pack", *RAW]

Lie = Callable[..., None]


def packets(*lines: bytes) -> bytes:
    return b"".join(f"{len(line) + 4:04x}".encode() + line for line in lines)


def packed(pack: bytes) -> bytes:
    return packets(b"packfile\n", b"\2counting\n", b"\1" + pack) + b"0000"


@pytest.fixture
def lie(monkeypatch: pytest.MonkeyPatch) -> Lie:
    """Return what makes the server answer fetches, ours alone or anybody's, with anything."""

    def tell(content: bytes, kind: str = RESULT, to: bytes = OURS) -> None:
        honest = gitserver._Handler._backend

        def backend(self: gitserver._Handler, state: Server, body: bytes) -> None:
            if to not in body:
                honest(self, state, body)
                return
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

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

    async def pick(self, commit: Sha | None = None) -> int:
        """Pick the change, or another, onto `tier-1` as `git cherry-pick` would; return how many bytes that took."""
        commit, onto = commit or self.commit, self.upstream.tip("tier-1")
        async with self.engine.workspace(self.repo) as work:
            change = await work.change(merged(self.repo, commit, head=commit), onto=onto)
            outcome = await work.pick(change, onto=onto, commit=CLEAN, conflicted=CONFLICTED, into="tier-1")
            assert isinstance(outcome, Picked)
            await work.push(BRANCH, outcome.commit, expected=None)
            took = clone.size(work.quarantine)
        tree = git(self.upstream.bare, "rev-parse", f"{self.upstream.tip(BRANCH)}^{{tree}}")
        assert tree == self.upstream.picked(onto, commit)
        return took

    def fetches(self) -> list[str]:
        """Return what was asked of the server's fetching half since the merge."""
        return [asked.replace("/acme/config.git/", "") for asked in self.server.asked if "upload-pack" in asked]


@pytest.fixture
async def scene(engine: MirrorGit, server: Server, upstream: Upstream, repo: Repository) -> Scene:
    """Make a mirror, and then merge a change."""
    async with engine.workspace(repo):
        pass
    commit = upstream.commit({"app.yaml": "image: 2\nreplicas: 1\n"}, "Bump (#12)")
    upstream.publish()
    server.asked.clear()
    server.headers.clear()
    return Scene(engine, server, upstream, repo, commit)


async def test_a_fetch_is_one_request_that_shows_the_token_in_its_header(scene: Scene) -> None:
    with capture_logs() as logs:
        await scene.pick()

    basic = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
    assert scene.fetches() == RAW
    assert len(scene.server.asked) == 2
    assert scene.server.headers[0]["Authorization"] == f"Basic {basic}"
    assert scene.server.headers[0]["Git-Protocol"] == "version=2"
    assert not [secret for secret in (TOKEN, basic) if secret in repr((logs, scene.server.asked))]


async def test_nothing_is_fetched_that_the_mirror_has(scene: Scene) -> None:
    scene.upstream.commit({"big.bin": os.urandom(400 << 10)}, "Big")
    scene.upstream.on("tier-1")
    onto = scene.upstream.commit({"bigger.bin": os.urandom(400 << 10)}, "Bigger")
    scene.upstream.publish()
    async with scene.engine.workspace(scene.repo) as work:
        assert isinstance(work, Job)
        await scene.engine._mirrors.learn(work.access, work.mirror, (onto,))
    scene.upstream.commit({"other.yaml": "a: 1\n"}, "Moved")
    scene.upstream.on("tier-0")
    commit = scene.upstream.commit({"new.yaml": "image: 3\n"}, "Add (#13)")
    scene.upstream.publish()
    scene.server.asked.clear()

    took = await scene.pick(commit)

    assert scene.fetches() == RAW
    assert took < 32 << 10


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"It works!", "text/plain"),
        (b"", RESULT),
        (b"It works!", RESULT),
        (b"0000", RESULT),
        (b"0002", RESULT),
        (b"zzzz", RESULT),
        (b"+00b", RESULT),
        (packets(b"packfile\n"), RESULT),
        (packets(b"packfile\n") + b"ffff\1PACK", RESULT),
        (packets(b"packfile\n") + b"0000", RESULT),
        (packets(b"packfile\n", b"\1PACK", b"\3the machine is on fire") + b"0000", RESULT),
        (packets(b"acknowledgments\n", b"NAK\n") + b"0000", RESULT),
        (packets(b"shallow-info\n") + b"0001" + packed(b"PACK"), RESULT),
        (packets(b"ERR no such command: %s" % TOKEN.encode()), RESULT),
        (packed(b"PACK\0\0\0\2\0\0\0\1garbage"), RESULT),
        (packed(bytes.fromhex("5041434b0000000200000000029d08823bd8a8eab510ad6ac75c823cfd3ed31e")), RESULT),
    ],
)
async def test_an_answer_we_do_not_understand_is_asked_for_with_git(
    scene: Scene, lie: Lie, content: bytes, kind: str
) -> None:
    lie(content, kind)

    with capture_logs() as logs:
        await scene.pick()

    assert scene.fetches() == FALLEN_BACK
    assert [line["event"] for line in logs] == ["raw fetch not understood"]
    assert TOKEN not in repr(logs)


@pytest.mark.parametrize(("ending", "kind"), [(b"\3the machine is on fire", RESULT), (b"\2Total 3\n", "text/html")])
async def test_even_a_good_pack_is_not_taken_from_a_strange_answer(
    scene: Scene, lie: Lie, ending: bytes, kind: str
) -> None:
    wanted = scene.commit.encode() + b"\n"
    pack = run(scene.upstream.bare, "pack-objects", "--revs", "--stdout", "--quiet", data=wanted).stdout
    lie(packets(b"packfile\n", b"\1" + pack, ending) + b"0000", kind)

    await scene.pick()

    assert scene.fetches() == FALLEN_BACK


async def test_a_pack_with_holes_is_not_taken(scene: Scene, lie: Lie) -> None:
    commit_alone = run(
        scene.upstream.bare, "pack-objects", "--stdout", "--quiet", data=scene.commit.encode() + b"\n"
    ).stdout
    lie(packed(commit_alone))

    await scene.pick()

    assert scene.fetches() == FALLEN_BACK


async def test_a_large_answer_is_left_to_git(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_LARGEST", 100)

    await scene.pick()

    assert scene.fetches() == FALLEN_BACK


async def test_a_garbled_pack_from_everybody_is_no_pick(scene: Scene, lie: Lie) -> None:
    lie(packed(b"PACK\0\0\0\2\0\0\0\1garbage"), to=ANYBODYS)

    with pytest.raises((Corrupt, Transient)):
        await scene.pick()

    assert scene.upstream.tip(BRANCH) == ""


@pytest.mark.parametrize(("status", "problem"), [(404, Refused), (429, Transient), (500, Transient), (503, Transient)])
async def test_a_no_is_not_asked_for_twice(scene: Scene, status: int, problem: type[Exception]) -> None:
    scene.server.failures[:] = [status]

    with pytest.raises(problem):
        await scene.pick()

    assert scene.fetches() == RAW


async def test_the_token_does_not_follow_a_redirect(scene: Scene, tmp_path: Path) -> None:
    with gitserver.serving(tmp_path) as elsewhere:
        scene.server.redirect = elsewhere.url
        with pytest.raises(Transient):
            await scene.pick()

    assert scene.fetches()[:1] == RAW
    assert elsewhere.asked == []


async def test_a_silent_server_is_transient(scene: Scene) -> None:
    scene.engine._http.timeout = 0.2
    scene.server.stall.clear()

    with pytest.raises(Transient, match="silent"):
        await scene.pick()

    assert scene.fetches() == RAW


async def test_a_server_that_goes_on_for_too_long_is_transient(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "TIMEOUT", 0.0)

    with pytest.raises(Transient, match="come to an end"):
        await scene.pick()

    assert scene.fetches() == RAW


async def test_a_branch_rewritten_since_the_mirror_was_made_is_fetched_too(scene: Scene) -> None:
    scene.upstream.git("checkout", "--quiet", "--orphan", "anew")
    scene.upstream.commit({}, "Start anew")
    scene.upstream.git("branch", "--force", "tier-1")
    scene.upstream.git("branch", "--force", "--move", "tier-0")
    commit = scene.upstream.commit({"app.yaml": "image: 3\nreplicas: 1\n"}, "Bump (#13)")
    scene.upstream.publish()
    git(scene.upstream.bare, "gc", "--quiet", "--prune=now")
    scene.server.asked.clear()

    await scene.pick(commit)

    assert scene.fetches() == RAW


async def test_a_blemish_of_old_is_no_hindrance(scene: Scene) -> None:
    blemished = scene.upstream.raw(scene.commit).replace(b"+0900", b"+051800")
    old = git(scene.upstream.work, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", data=blemished)
    scene.upstream.git("reset", "--quiet", "--hard", old)
    scene.upstream.publish()

    await scene.pick(old)

    assert scene.fetches() == RAW


async def test_this_machine_is_not_reached_by_a_proxy(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    engine = MirrorGit(tmp_path / "state", token, disk_budget=1 << 30)

    await replace(scene, engine=engine).pick()
    await engine.close()

    assert scene.fetches() == RAW
