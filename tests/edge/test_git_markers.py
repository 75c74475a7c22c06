"""Conflict markers that a branch brings, and the files in which nobody could look for them."""

import pytest

from bot.core.model import Marker, Markers
from bot.edge.git import MirrorGit, markers
from tests.edge.gitrepo import Upstream, repository
from tests.edge.gitserver import Server

SEVEN = "<<<<<<< x\n1\n=======\n2\n>>>>>>> y\n"
TEN = "<<<<<<<<<< x\n1\n==========\n2\n>>>>>>>>>> y\n"


async def brought(engine: MirrorGit, server: Server, upstream: Upstream, files: dict[str, str | bytes]) -> Markers:
    """Commit files, and say what markers they bring."""
    onto = upstream.tip("tier-1")
    tip = upstream.commit(files, "Files")
    upstream.publish()
    async with engine.workspace(repository(server.url)) as work:
        return await work.markers(tip, onto=onto)


async def test_a_file_of_several_megabytes_is_read(engine: MirrorGit, server: Server, upstream: Upstream) -> None:
    lines = (3 << 20) // 2

    found = await brought(engine, server, upstream, {"big.txt": "x\n" * lines + SEVEN + "x\n" * lines})

    assert found == Markers((Marker("big.txt", lines + 1), Marker("big.txt", lines + 5)))


async def test_what_is_too_large_is_said_to_be_unread(
    engine: MirrorGit, server: Server, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markers, "_LARGEST", 9000)
    files: dict[str, str | bytes] = {
        "binary.bin": b"\0" * 20_000, "large.txt": "x\n" * 10_000 + SEVEN, "small.txt": SEVEN,
    }  # fmt: skip

    found = await brought(engine, server, upstream, files)

    assert found == Markers((Marker("small.txt", 1), Marker("small.txt", 5)), ("large.txt",))


async def test_more_than_can_be_read_in_time_is_said_to_be_unread(
    engine: MirrorGit, server: Server, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markers, "_MOST_BYTES", 1500)

    found = await brought(engine, server, upstream, {"a.txt": "x" * 1000, "b.txt": "x" * 1000, "c.txt": SEVEN})

    assert found == Markers((), ("b.txt", "c.txt"))


async def test_too_many_files_are_said_to_be_unread(
    engine: MirrorGit, server: Server, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markers, "_MOST_FILES", 10)

    found = await brought(engine, server, upstream, {f"{n:03}.txt": "x" for n in range(150)})

    assert found.unread == (*(f"{n:03}.txt" for n in range(10, 110)), "and 40 more files")


async def test_markers_are_as_long_as_the_attributes_say(engine: MirrorGit, server: Server, upstream: Upstream) -> None:
    files: dict[str, str | bytes] = {
        ".gitattributes": "*.txt conflict-marker-size=10\n",
        "here.txt": TEN,
        "not here.rst": TEN,
        "usual.txt": SEVEN,
        "ümlaut/.gitattributes": "* conflict-marker-size=no\n/x.md conflict-marker-size=3\n",
        "ümlaut/x.md": "<<< x\n>>> y\n",
        "ümlaut/y.txt": TEN + SEVEN,
    }

    found = await brought(engine, server, upstream, files)

    assert found == Markers(
        (
            *(Marker("here.txt", line) for line in (1, 5)),
            *(Marker("usual.txt", line) for line in (1, 5)),
            *(Marker("ümlaut/x.md", line) for line in (1, 2)),
            *(Marker("ümlaut/y.txt", line) for line in (6, 10)),
        )
    )


async def test_markers_of_an_absurd_length_are_not_looked_for(
    engine: MirrorGit, server: Server, upstream: Upstream
) -> None:
    files: dict[str, str | bytes] = {".gitattributes": "x.txt conflict-marker-size=99999999\n", "x.txt": "x\n"}

    found = await brought(engine, server, upstream, files)

    assert found == Markers((), ("x.txt",))


async def test_a_hundred_markers_are_enough(engine: MirrorGit, server: Server, upstream: Upstream) -> None:
    found = await brought(engine, server, upstream, {"a.txt": SEVEN * 90, "b.txt": SEVEN})

    assert (len(found.found), found.unread) == (100, ())
