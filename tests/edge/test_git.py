"""The engine through its public door, against a real git server."""

import re

import pytest

from bot.core.model import AlreadyThere, Conflict, Marker, Markers, Picked, Pushed, Refused, Repository, Stale
from bot.edge.git import MirrorGit, objects
from tests.edge.gitrepo import AUTHOR, BOT, CLEAN, CONFLICTED, Upstream, git, merged, run
from tests.edge.gitserver import Server


async def test_a_squash_arrives_as_one_commit_on_the_target(
    engine: MirrorGit, upstream: Upstream, repo: Repository
) -> None:
    onto = upstream.tip("tier-1")
    change = upstream.commit({"app.yaml": "image: 2\nreplicas: 1\n"}, "Bump (#12)")
    upstream.publish()

    async with engine.workspace(repo) as work:
        told = await work.change(merged(repo, change, head=change), onto=onto)
        outcome = await work.pick(told, onto=onto, commit=CLEAN, conflicted=CONFLICTED, into="tier-1")
        assert isinstance(outcome, Picked)
        pushed = await work.push("promote/tier-1/12", outcome.commit, expected=None)

    assert pushed == Pushed(outcome.commit)
    assert upstream.tip("promote/tier-1/12") == outcome.commit
    assert outcome.tree == upstream.picked(onto, change)
    tree = git(upstream.bare, "rev-parse", f"{outcome.commit}^{{tree}}")
    assert upstream.raw(outcome.commit).decode() == (
        f"tree {tree}\nparent {onto}\nauthor {AUTHOR}\ncommitter {BOT}\n\nClean\n"
    )


async def test_a_warm_pick_and_push_takes_two_requests(
    engine: MirrorGit, server: Server, upstream: Upstream, repo: Repository
) -> None:
    async with engine.workspace(repo):
        pass
    upstream.git("checkout", "-q", "tier-1")
    onto = upstream.commit({"other.yaml": "a: 1\n"}, "Moved")
    upstream.git("checkout", "-q", "tier-0")
    change = upstream.commit({"app.yaml": "image: 2\nreplicas: 1\n"}, "Bump (#12)")
    upstream.publish()
    server.asked.clear()

    async with engine.workspace(repo) as work:
        told = await work.change(merged(repo, change, head=change), onto=onto)
        outcome = await work.pick(told, onto=onto, commit=CLEAN, conflicted=CONFLICTED, into="tier-1")
        assert isinstance(outcome, Picked)
        await work.push("promote/tier-1/12", outcome.commit, expected=None)

    assert len(server.asked) == 2, server.asked


async def test_what_the_targets_history_holds_is_there_even_if_it_was_taken_back(
    engine: MirrorGit, upstream: Upstream, repo: Repository
) -> None:
    change = upstream.commit({"app.yaml": "image: 2\nreplicas: 1\n"}, "Bump (#12)")
    onto = upstream.commit({"app.yaml": "image: 1\nreplicas: 1\n"}, "Revert (#13)")
    upstream.publish()

    async with engine.workspace(repo) as work:
        told = await work.change(merged(repo, change, head=change), onto=onto)
        outcome = await work.pick(told, onto=onto, commit=CLEAN, conflicted=CONFLICTED, into="tier-1")
        held = [await work.holds(onto, one) for one in (change, onto, upstream.tip("tier-1"), "5" * 40)]
        beyond = await work.holds(change, onto)

    assert isinstance(outcome, AlreadyThere)
    assert (held, beyond) == ([True, True, True, False], False)


async def test_a_push_to_a_branch_that_moved_is_stale(engine: MirrorGit, upstream: Upstream, repo: Repository) -> None:
    onto = upstream.tip("tier-1")
    change = upstream.commit({"app.yaml": "image: 2\nreplicas: 1\n"}, "Bump (#12)")
    upstream.publish(f"{change}:refs/heads/promote/tier-1/12")

    async with engine.workspace(repo) as work:
        told = await work.change(merged(repo, change, head=change), onto=onto)
        outcome = await work.pick(told, onto=onto, commit=CLEAN, conflicted=CONFLICTED, into="tier-1")
        assert isinstance(outcome, Picked)
        pushed = await work.push("promote/tier-1/12", outcome.commit, expected=None)

    assert pushed == Stale(change)
    assert upstream.tip("promote/tier-1/12") == change


async def test_a_conflict_is_a_commit_with_readable_markers(
    engine: MirrorGit, upstream: Upstream, repo: Repository
) -> None:
    change = upstream.commit({"app.yaml": "image: 2\nreplicas: 1\n"}, "Bump (#12)")
    upstream.on("tier-1")
    onto = upstream.commit({"app.yaml": "image: 3\nreplicas: 1\n"}, "Own")
    upstream.publish()

    async with engine.workspace(repo) as work:
        told = await work.change(merged(repo, change, head=change), onto=onto)
        outcome = await work.pick(told, onto=onto, commit=CLEAN, conflicted=CONFLICTED, into="tier-1")
        assert isinstance(outcome, Conflict)
        await work.push("promote/tier-1/12", outcome.commit, expected=None)

    (file,) = outcome.files
    assert (file.path, file.kind) == ("app.yaml", "content")
    assert file.excerpt.splitlines() == [
        "<<<<<<< tier-1",
        "image: 3",
        f"||||||| parent of {change[:7]}",
        "image: 1",
        "=======",
        "image: 2",
        f">>>>>>> {change[:7]} (Bump (#12))",
    ]
    assert git(upstream.bare, "show", f"{outcome.commit}:app.yaml").startswith("<<<<<<< tier-1\n")


async def test_a_change_that_is_there_already_is_said_to_be(
    engine: MirrorGit, upstream: Upstream, repo: Repository
) -> None:
    change = upstream.commit({"app.yaml": "image: 2\nreplicas: 1\n"}, "Bump (#12)")
    upstream.on("tier-1")
    onto = upstream.commit({"app.yaml": "image: 2\nreplicas: 1\n"}, "By hand")
    upstream.publish()

    async with engine.workspace(repo) as work:
        told = await work.change(merged(repo, change, head=change), onto=onto)
        outcome = await work.pick(told, onto=onto, commit=CLEAN, conflicted=CONFLICTED, into="tier-1")

    assert outcome == AlreadyThere(upstream.git("rev-parse", f"{onto}^{{tree}}"))


async def test_each_conflict_says_its_kind(engine: MirrorGit, upstream: Upstream, repo: Repository) -> None:
    both: dict[str, str | bytes] = {"gone.yaml": "a: 1\n", "bytes.bin": b"\0one", "text.yaml": "a: 1\n"}
    upstream.commit(both, "Common")
    upstream.git("branch", "--force", "tier-1")
    change = upstream.commit(
        {"gone.yaml": "a: 2\n", "bytes.bin": b"\0two", "text.yaml": "a: 2\n", "new.yaml": "x\n"}, "Theirs (#12)"
    )
    upstream.on("tier-1")
    onto = upstream.commit(
        {"gone.yaml": None, "bytes.bin": b"\0three", "text.yaml": "a: 3\n", "new.yaml": "y\n"}, "Ours"
    )
    upstream.publish()

    async with engine.workspace(repo) as work:
        told = await work.change(merged(repo, change, head=change), onto=onto)
        outcome = await work.pick(told, onto=onto, commit=CLEAN, conflicted=CONFLICTED, into="tier-1")

    assert isinstance(outcome, Conflict)
    assert {file.path: file.kind for file in outcome.files} == {
        "bytes.bin": "binary", "gone.yaml": "modify/delete", "new.yaml": "add/add", "text.yaml": "content",
    }  # fmt: skip
    (gone,) = (file for file in outcome.files if file.path == "gone.yaml")
    assert "deleted in tier-1 and modified in" in gone.explanation
    assert not any(re.search(r"[0-9a-f]{40}", file.explanation) for file in outcome.files)


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (".gitattributes", "*.yaml -merge"),
        ("a b/.gitattributes", "*.yaml -merge"),
        ("a b/.gitattributes", "/x.yaml -merge"),
    ],
)
async def test_attributes_of_the_target_decide(
    engine: MirrorGit, upstream: Upstream, repo: Repository, place: str, line: str
) -> None:
    text = "".join(f"line {number}\n" for number in range(20))
    upstream.commit({"a b/x.yaml": text, place: f"{line}\n"}, "Common")
    upstream.git("branch", "--force", "tier-1")
    change = upstream.commit({"a b/x.yaml": text.replace("line 1\n", "theirs\n")}, "Theirs (#12)")
    upstream.on("tier-1")
    onto = upstream.commit({"a b/x.yaml": text.replace("line 18\n", "ours\n")}, "Ours")
    upstream.publish()

    async with engine.workspace(repo) as work:
        told = await work.change(merged(repo, change, head=change), onto=onto)
        outcome = await work.pick(told, onto=onto, commit=CLEAN, conflicted=CONFLICTED, into="tier-1")

    assert isinstance(outcome, Conflict), "without the attributes the two edits merge"


async def test_commits_markers_and_history(engine: MirrorGit, upstream: Upstream, repo: Repository) -> None:
    onto = upstream.tip("tier-1")
    first = upstream.commit({"a.yaml": "1\n"}, "First")
    second = upstream.commit({"b.md": "Title\n=======\n<<<<<<< x\n=======\n>>>>>>> y\r\n"}, "Second")
    third = upstream.commit({"c.bin": b"\0\n<<<<<<< x\n", "a.yaml": "2\n"}, "Third")
    upstream.publish()

    async with engine.workspace(repo) as work:
        commits = await work.commits(third, onto=onto)
        markers = await work.markers(third, onto=onto)
        history = await work.history(("a.yaml", "-x", "evil\npath"), tip=third, onto=onto)
        none = await work.history((), tip=third, onto=onto)

    assert [one.sha for one in commits] == [first, second, third]
    assert markers == Markers((Marker("b.md", 3), Marker("b.md", 5)))
    assert [one.sha for one in history] == [first, third]
    assert none == ()


SPEAKS = "Speak of Tierkeeper-Conflict: resolved"
"""Names a trailer where no trailer is."""


@pytest.mark.parametrize(
    ("messages", "newest"),
    [
        (("Ask\n\nTierkeeper-Conflict: unresolved", *(f"n {n}" for n in range(260))), 0),
        (("Ask\n\nTierkeeper-Conflict: unresolved", *(SPEAKS for _ in range(260))), 0),
        (("Ask\n\nTierkeeper-Conflict: unresolved", f"{SPEAKS}\n\nSo it is.\n"), 0),
        (("Ask\n\nTierkeeper-Conflict: unresolved", "Answer\n\ntierkeeper-conflict: resolved", SPEAKS), 1),
        ((b"Gr\xfc\xdfe\n\nReviewed-by: J\xfcrg \xff\nTIERKEEPER-conflict: unresolved", "More"), 0),
        ((b"L" + b"x\n" * (1 << 17) + b"\n\nTierkeeper-Conflict: unresolved", "More"), 0),
        (("Nothing", SPEAKS), None),
    ],
    ids=["many follow", "many speak of it", "one quotes it", "answered", "not UTF-8", "long", "none"],
)
async def test_the_newest_word_is_found_however_many_follow(
    engine: MirrorGit, upstream: Upstream, repo: Repository, messages: tuple[str | bytes, ...], newest: int | None
) -> None:
    onto = tip = upstream.tip("tier-1")
    made = []
    for text in messages:
        body = text if isinstance(text, bytes) else text.encode()
        argv = ("commit-tree", "-p", tip, f"{onto}^{{tree}}")
        tip = run(upstream.work, *argv, data=body).stdout.decode().strip()
        made.append(tip)
    upstream.publish(f"{tip}:refs/heads/many")

    async with engine.workspace(repo) as work:
        found = await work.last_saying("Tierkeeper-Conflict", tip, onto=onto)

    assert (found and found.sha) == (made[newest] if newest is not None else None)


async def test_a_long_message_keeps_its_ends(engine: MirrorGit, upstream: Upstream, repo: Repository) -> None:
    onto = upstream.tip("tier-1")
    kept = "Kept\n\n" + "x" * ((64 << 10) - 7) + "\n"
    for message in (kept, "Cut\n\n" + "y\n" * (1 << 20) + "\nSome-Trailer: ü\n", "z" * (1 << 20)):
        (upstream.work.parent / "message").write_text(message)
        upstream.git("commit", "--quiet", "--allow-empty", "--file", str(upstream.work.parent / "message"))
    tip = upstream.head()
    upstream.publish()

    async with engine.workspace(repo) as work:
        first, second, third = (one.message for one in await work.commits(tip, onto=onto))

    assert first == kept
    assert second.startswith("Cut\n\n(Tierkeeper left out the middle of this message, which had 2097175 bytes.)\n\ny\n")
    assert second.endswith("y\n\nSome-Trailer: ü\n")
    assert third.startswith("z" * 1024 + "\n\n(Tierkeeper")
    assert all((63 << 10) < len(one.encode()) <= (64 << 10) for one in (first, second, third))


async def test_a_monstrous_commit_is_refused(
    engine: MirrorGit, upstream: Upstream, repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "_LARGEST_COMMIT", 3 << 20)
    onto = upstream.tip("tier-1")
    (upstream.work.parent / "message").write_text("y\n" * (2 << 20))
    upstream.git("commit", "--quiet", "--allow-empty", "--file", str(upstream.work.parent / "message"))
    tip = upstream.head()
    upstream.publish()

    async with engine.workspace(repo) as work:
        with pytest.raises(Refused, match="4 MB"):
            await work.commits(tip, onto=onto)
