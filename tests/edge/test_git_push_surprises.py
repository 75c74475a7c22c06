"""A push of which there is no telling what came: `git push` finds out, and nothing is done twice."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.core.model import Pushed, Refused, Repository, Transient
from bot.edge.git import MirrorGit, pack, remote
from tests.edge import gitrepo
from tests.edge.gitrepo import Upstream, git
from tests.edge.gitserver import TOKEN, Server, token
from tests.edge.pushes import BRANCH, FALLEN_BACK, RAW, REF, RESULT, Lie, Scene, packets, prepared, reported


async def test_a_server_that_breaks_off_before_the_push(scene: Scene, lie: Lie) -> None:
    lie(b"", lacking=9)

    pushed = await scene.push()

    assert pushed == Pushed(scene.upstream.tip(BRANCH))
    assert scene.is_sound()
    assert scene.asked() == FALLEN_BACK


async def test_a_server_that_breaks_off_after_the_push_is_not_pushed_to_twice(
    scene: Scene, lie: Lie, tmp_path: Path
) -> None:
    scene.hook("post-receive", f"cat >> {tmp_path}/received")
    lie(reported("unpack ok", f"ok {REF}")[:20], after=True, lacking=60)

    pushed = await scene.push()

    tip = scene.upstream.tip(BRANCH)
    assert pushed == Pushed(tip)
    assert (tmp_path / "received").read_text().split("\n") == [f"{'0' * 40} {tip} {REF}", ""]
    assert scene.asked() == FALLEN_BACK[:-1]


@pytest.mark.parametrize(
    ("content", "kind", "after"),
    [
        (b"It works!", "text/html", False),
        (reported("unpack ok", f"ok {REF}"), "text/plain", True),
        (b"", RESULT, False),
        (b"It works!", RESULT, True),
        (b"0000", RESULT, False),
        (packets(b"unpack ok\n", f"ok {REF}\n".encode()) + b"0000", RESULT, True),
        (packets(b"\1000eunpack ok\n", b"\3the machine is on fire") + b"0000", RESULT, False),
        (packets(b"\1000eunpack ok\n") + b"0000", RESULT, True),
        (reported("unpack ok", f"ok {REF}")[:-4], RESULT, False),
        (reported("unpack ok"), RESULT, True),
        (reported("unpack ok", "ok refs/heads/another"), RESULT, False),
        (reported("unpack ok", f"ok {REF}", f"ng {REF} no"), RESULT, True),
        (reported("unpack index-pack abnormal exit", f"ng {REF} unpacker error"), RESULT, False),
        (reported(f"ok {REF}"), RESULT, True),
        (reported(f"unpack {TOKEN}", f"ok {REF}"), RESULT, False),
    ],
)
async def test_an_answer_we_do_not_understand_is_left_to_git(
    scene: Scene, lie: Lie, content: bytes, kind: str, *, after: bool
) -> None:
    lie(content, kind, after=after)

    with capture_logs() as logs:
        pushed = await scene.push()

    assert pushed == Pushed(scene.upstream.tip(BRANCH))
    assert scene.asked() == (FALLEN_BACK[:-1] if after else FALLEN_BACK)
    assert [line["event"] for line in logs] == ["raw push not understood"]
    assert TOKEN not in repr(logs)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_no_for_now_is_not_asked_for_twice(scene: Scene, status: int) -> None:
    with pytest.raises(Transient):
        await scene.push(statuses=(status,))

    assert scene.asked() == RAW


@pytest.mark.parametrize("status", [403, 404])
async def test_a_no_to_our_way_of_asking_is_no_no_to_git(scene: Scene, status: int) -> None:
    pushed = await scene.push(statuses=(status,))

    assert pushed == Pushed(scene.upstream.tip(BRANCH))
    assert scene.asked() == FALLEN_BACK


@pytest.mark.parametrize(("status", "problem", "tries"), [(403, Transient, 2), (404, Refused, 1)])
async def test_a_no_to_git_too_is_final(scene: Scene, status: int, problem: type[Exception], tries: int) -> None:
    with pytest.raises(problem):
        await scene.push(statuses=(status,) * 9)

    assert scene.asked() == FALLEN_BACK[:2] * tries
    assert scene.upstream.tip(BRANCH) == ""


async def test_a_refused_token_is_renewed(scene: Scene) -> None:
    pushed = await scene.push(statuses=(401,))

    assert pushed == Pushed(scene.upstream.tip(BRANCH))
    assert scene.asked() == [*RAW, *RAW]


async def test_a_silent_server_is_transient_and_comes_round(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(remote, "TIMEOUT", 0.0)
        with pytest.raises(Transient, match="come to an end"):
            await scene.push()
    pushed = await scene.push()

    assert pushed == Pushed(scene.upstream.tip(BRANCH))


async def test_what_the_server_has_lost_is_brought_back(
    engine: MirrorGit, server: Server, upstream: Upstream, repo: Repository
) -> None:
    upstream.commit({"app.yaml": "image: 2\n", "apps/a.yaml": "a: 1\n"}, "Taken back")
    upstream.publish()
    async with engine.workspace(repo):
        pass
    upstream.git("reset", "--quiet", "--hard", "tier-1")
    upstream.commit({"other.yaml": "x: 1\n"}, "Other")
    commit = upstream.commit({"app.yaml": "image: 2\n", "apps/a.yaml": "a: 1\n"}, "Once more (#12)")
    upstream.publish()
    git(upstream.bare, "gc", "--quiet", "--prune=now")
    scene = Scene(engine, server, upstream, repo, commit)

    pushed = await scene.push()

    assert pushed == Pushed(upstream.tip(BRANCH))
    assert scene.is_sound()
    assert scene.asked() == FALLEN_BACK


@pytest.mark.parametrize("bound", ["_MOST", "_LARGEST"])
async def test_too_much_is_left_to_git(scene: Scene, monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    monkeypatch.setattr(pack, bound, 1)

    pushed = await scene.push()

    assert pushed == Pushed(scene.upstream.tip(BRANCH))
    assert scene.is_sound()
    assert scene.asked() == FALLEN_BACK[1:]


async def test_names_may_be_of_the_longer_kind(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(gitrepo._ENVIRONMENT, "GIT_DEFAULT_HASH", "sha256")
    upstream = Upstream.create(tmp_path, "acme/longer")
    engine = MirrorGit(tmp_path / "longer", token, disk_budget=1 << 30)
    scene = await prepared(engine, server, upstream, gitrepo.repository(server.url, "acme/longer", 8))

    pushed = await scene.push()
    await engine.close()

    assert pushed == Pushed(upstream.tip(BRANCH))
    assert len(upstream.tip(BRANCH)) == 64
    assert scene.is_sound()
    assert scene.asked() == RAW
