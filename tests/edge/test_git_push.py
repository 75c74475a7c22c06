"""The push in git's own protocol: what it costs, and what an answer means, just as it does when `git push` gets it."""

import pytest
from structlog.testing import capture_logs

from bot.core.model import Pushed, Refused, Stale, Transient
from bot.edge.git.failures import Corrupt
from tests.edge.pushes import BRANCH, FALLEN_BACK, RAW, REF, TEAPOT, Lie, Scene, reported


async def test_a_new_branch_is_one_small_request(scene: Scene) -> None:
    with capture_logs() as logs:
        pushed = await scene.push()

    assert pushed == Pushed(scene.upstream.tip(BRANCH))
    assert scene.is_sound()
    assert scene.asked() == RAW
    assert int(scene.server.headers[0]["Content-Length"]) < 1000, "trees and files go as what changed in them"
    assert logs == []


async def test_a_branch_moves_from_where_it_is_expected(scene: Scene) -> None:
    scene.at(BRANCH, scene.commit)

    pushed = await scene.push(expected=scene.commit)

    assert pushed == Pushed(scene.upstream.tip(BRANCH))
    assert scene.is_sound()
    assert scene.asked() == RAW


@pytest.mark.parametrize("statuses", [(), (TEAPOT,)])
async def test_a_branch_that_is_elsewhere_or_gone_stays(scene: Scene, statuses: tuple[int, ...]) -> None:
    gone = await scene.push(expected=scene.commit, statuses=statuses)
    scene.at(BRANCH, scene.commit)
    there = await scene.push(statuses=statuses)
    moved = await scene.push(expected=scene.upstream.tip("tier-1"), statuses=statuses)

    assert (gone, there, moved) == (Stale(None), Stale(scene.commit), Stale(scene.commit))
    assert scene.upstream.tip(BRANCH) == scene.commit


@pytest.mark.parametrize("statuses", [(), (TEAPOT,)])
async def test_a_branch_that_is_there_already_is_pushed(scene: Scene, statuses: tuple[int, ...]) -> None:
    first = await scene.push()
    again = await scene.push(statuses=statuses)

    assert again == first == Pushed(scene.upstream.tip(BRANCH))


async def test_a_commit_of_the_servers_own_needs_no_objects(scene: Scene) -> None:
    async with scene.engine.workspace(scene.repo) as work:
        pushed = await work.push(BRANCH, scene.commit, expected=None)

    assert pushed == Pushed(scene.commit)
    assert scene.upstream.tip(BRANCH) == scene.commit
    assert scene.asked() == RAW


@pytest.mark.parametrize("statuses", [(), (TEAPOT,)])
@pytest.mark.parametrize("other", [BRANCH.rpartition("/")[0], f"{BRANCH}/more"])
async def test_a_branch_in_the_way_is_named(scene: Scene, other: str, statuses: tuple[int, ...]) -> None:
    scene.at(other, scene.commit)

    with pytest.raises(Refused, match=f"a branch is in the way of {BRANCH}, .*, such as promote: rename or delete it"):
        await scene.push(statuses=statuses)


@pytest.mark.parametrize("statuses", [(), (TEAPOT,)])
@pytest.mark.parametrize("hook", ["pre-receive", "update"])
async def test_a_hook_that_refuses_is_heard(scene: Scene, hook: str, statuses: tuple[int, ...]) -> None:
    scene.hook(hook, "echo; echo 'No pushes on Fridays' >&2; echo 'Come back' >&2; exit 1")

    with pytest.raises(Refused, match=r"^GitHub refused the push: .*hook declined No pushes on Fridays Come back"):
        await scene.push(statuses=statuses)

    assert scene.upstream.tip(BRANCH) == ""
    assert scene.asked() == (FALLEN_BACK if statuses else RAW)


@pytest.mark.parametrize("statuses", [(), (TEAPOT,)])
@pytest.mark.parametrize(
    ("why", "meant"),
    [
        ("protected branch hook declined", Refused),
        ("push declined due to repository rule violations", Refused),
        ("Internal Server Error", Transient),
        ("hook timeout", Transient),
        ("missing necessary objects", Corrupt),
        (f"cannot lock ref '{REF}': is at 1 but expected 2", None),
        ("failed to update ref", None),
    ],
)
async def test_a_reason_means_what_it_means_to_git(
    scene: Scene, lie: Lie, why: str, meant: type[Exception] | None, statuses: tuple[int, ...]
) -> None:
    lie(reported("unpack ok", f"ng {REF} {why}"), times=4)

    if meant is None:
        assert await scene.push(statuses=statuses) == Stale(None)
    else:
        with pytest.raises(meant, match=why.lower() if meant is Corrupt else why):
            await scene.push(statuses=statuses)

    assert scene.upstream.tip(BRANCH) == ""


async def test_no_reason_is_a_refusal_where_the_branch_has_moved(scene: Scene, lie: Lie) -> None:
    scene.at(BRANCH, scene.commit)
    lie(reported("unpack ok", f"ng {REF} words of a git to come"))

    pushed = await scene.push()

    assert pushed == Stale(scene.commit)
