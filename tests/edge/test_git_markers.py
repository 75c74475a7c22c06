"""Conflict markers that a branch brings, and the files in which nobody could look for them."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.core.model import Marker, Markers
from bot.edge.git import MirrorGit, markers
from tests.edge.gitrepo import Upstream, repository
from tests.edge.gitserver import Server

SEVEN = "<<<<<<< x\n1\n=======\n2\n>>>>>>> y\n"
TEN = "<<<<<<<<<< x\n1\n==========\n2\n>>>>>>>>>> y\n"


async def brought(engine: MirrorGit, server: Server, upstream: Upstream, files: dict[str, Any]) -> Markers:
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


async def test_too_many_files_are_counted(
    engine: MirrorGit, server: Server, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markers, "_MOST_FILES", 10)

    found = await brought(engine, server, upstream, {f"{n:03}.txt": "x" for n in range(150)})

    assert found == Markers(beyond=140)


async def test_of_very_many_unread_files_a_hundred_are_named(
    engine: MirrorGit, server: Server, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markers, "_MOST_BYTES", 10)

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


TEXT = f"To settle it, look for\n\n{SEVEN}\nand choose.\n"
PICKED = "<<<<<<< tier-1\n1\n||||||| parent of 1234abc\n0\n=======\n2\n>>>>>>> 1234abc (Raise web)\n"


Editing = Callable[[str, str], Awaitable[list[int]]]


@pytest.fixture
def edited(engine: MirrorGit, server: Server, upstream: Upstream) -> Editing:
    """Return what edits a file that tier-1 has, and says the lines of the markers this brings."""

    async def edit(before: str, after: str) -> list[int]:
        upstream.on("tier-1")
        upstream.commit({"doc.md": before}, "Before")
        upstream.publish()
        upstream.on("topic")
        found = await brought(engine, server, upstream, {"doc.md": after})
        assert found.unread == ()
        return [marker.line for marker in found.found]

    return edit


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (TEXT, TEXT.replace("choose", "decide"), []),
        (TEXT, TEXT.replace("\n", "\r\n"), []),
        (TEXT, f"Dear reader\n{TEXT}", []),
        (TEXT, TEXT + SEVEN, [10, 14]),
        (TEXT, TEXT.replace("<<< x", "<<< tier-1"), [3]),
        (TEXT, TEXT + PICKED, [10, 12, 16]),
        (TEXT + PICKED, TEXT + PICKED + "More\n", [12, 16]),
        (f"<<<<<<< {'x' * 2000}\n", f"<<<<<<< {'x' * 2000}\nMore\n", [1]),
    ],
    ids=[
        "around it",
        "other line ends",
        "moved",
        "once more",
        "another",
        "a pick's",
        "a pick's that was there",
        "long",
    ],
)
async def test_only_markers_that_a_change_brings_count(
    edited: Editing, before: str, after: str, lines: list[int]
) -> None:
    assert await edited(before, after) == lines


async def test_markers_of_another_file_are_no_excuse(engine: MirrorGit, server: Server, upstream: Upstream) -> None:
    upstream.on("tier-1")
    upstream.commit({"doc.md": TEXT}, "Document")
    upstream.publish()
    upstream.on("topic")

    found = await brought(engine, server, upstream, {"doc.md": None, "web.yaml": TEXT})

    assert found.found == (Marker("web.yaml", 3), Marker("web.yaml", 7))


@pytest.mark.parametrize("holder", ["base", "tier"])
async def test_markers_that_only_one_of_base_and_tier_holds_count(
    engine: MirrorGit, server: Server, upstream: Upstream, holder: str
) -> None:
    upstream.on("tier-1")
    upstream.commit({"doc.md": TEXT if holder == "base" else "-\n"}, "Before")
    upstream.on("topic")
    upstream.on("tier-1")
    upstream.commit({"doc.md": "-\n" if holder == "base" else TEXT}, "Meanwhile")
    upstream.publish()
    upstream.on("topic")

    found = await brought(engine, server, upstream, {"doc.md": TEXT + "More\n"})

    assert found.found == (Marker("doc.md", 3), Marker("doc.md", 7))


async def test_what_was_there_before_and_is_too_much_to_read_is_no_excuse(
    edited: Editing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markers, "_MOST_BYTES", len(TEXT) + 10)

    assert await edited(TEXT, TEXT.replace("choose", "decide")) == [3, 7]
