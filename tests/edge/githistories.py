"""Random histories, written with `git fast-import`: a base, and a target and a change that grew from it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bot.core.model import Change, Outcome, Sha
from bot.edge.git.pick import Wording, pick
from bot.edge.git.view import View
from tests.edge.gitrepo import CLEAN, CONFLICTED, git

Tree = dict[str, tuple[str, bytes]]
"""Paths with their mode and content; of a submodule, its commit."""

_DIRECTORIES = ("", "", "apps/", "apps/one/", "base/", "dir with space/", "ümlaut/")
_NAMES = ("a.yaml", "b.yaml", "c.txt", "d.bin", "e", "f.lock")
_ATTRIBUTES = (
    "*.yaml merge=union",
    "*.bin binary",
    "*.txt -merge",
    "*.yaml -diff",
    "apps/** merge=binary",
    "/e merge=union",
)


@dataclass(frozen=True, slots=True)
class History:
    """One case: commits to be picked in turn onto another."""

    number: int
    onto: Sha
    base: Sha
    picked: tuple[Sha, ...]
    mainline: bool
    """Whether the one picked commit is a merge."""


def picked(view: View, case: History) -> Outcome:
    """Pick a case as the bot does."""
    commits = tuple(view.commit(sha) for sha in case.picked)
    paths = view.read("diff-tree", "-r", "-z", "--no-renames", "--name-only", case.base, case.picked[-1])
    names = tuple(paths.decode().split("\0")[:-1])
    change = Change("merge" if case.mainline else "rebase", case.base, commits, None, names)
    return pick(view, change, case.onto, Wording(CLEAN, CONFLICTED, "HEAD"))


def histories(bare: Path, chance: Random, count: int) -> list[History]:
    """Write cases into a bare repository."""
    stream = _Stream()
    cases = [_case(stream, chance) for _ in range(count)]
    marks = bare / "marks"
    git(bare, "fast-import", "--quiet", f"--export-marks={marks}", data=b"".join(stream.parts))
    names = dict(line.split() for line in marks.read_text().splitlines())
    return [
        History(number, names[f":{onto}"], names[f":{base}"], tuple(names[f":{mark}"] for mark in picked), mainline)
        for number, (onto, base, picked, mainline) in enumerate(cases)
    ]


class _Stream:
    """The input of https://git-scm.com/docs/git-fast-import."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.marks = 0

    def commit(self, tree: Tree, *parents: int) -> int:
        """Write a commit that holds exactly a tree, and return its mark."""
        self.marks += 1
        head = (
            f"commit refs/cases/{self.marks}\nmark :{self.marks}\ncommitter A <a@b> {1700000000 + self.marks} +0000\n"
        )
        self.parts.append(head.encode() + b"data 4\ncase\n")
        for word, parent in zip(("from", *("merge" for _ in parents)), parents, strict=False):
            self.parts.append(f"{word} :{parent}\n".encode())
        self.parts.append(b"deleteall\n")
        for path, (mode, content) in tree.items():
            if mode == "160000":
                self.parts.append(b"M 160000 %s %s\n" % (content, path.encode()))
            else:
                self.parts.append(
                    b"M %s inline %s\ndata %d\n%s\n" % (mode.encode(), path.encode(), len(content), content)
                )
        return self.marks


def _case(stream: _Stream, chance: Random) -> tuple[int, int, tuple[int, ...], bool]:
    before = _tree(chance)
    base = stream.commit(before)
    ours = _changed(before, chance)
    onto = stream.commit(ours, base)
    theirs = ours if chance.random() < 0.05 else _changed(before, chance)
    match chance.randrange(6):
        case 0:
            side = stream.commit(_changed(before, chance), base)
            return onto, base, (stream.commit(theirs, base, side),), True
        case 1:
            first = stream.commit(theirs, base)
            second = stream.commit(_changed(theirs, chance), first)
            return onto, base, (first, second), False
        case _:
            return onto, base, (stream.commit(theirs, base),), False


def _tree(chance: Random) -> Tree:
    tree: Tree = {}
    for _ in range(chance.randint(2, 9)):
        _add(tree, chance)
    if chance.random() < 0.25:
        tree[".gitattributes"] = ("100644", "\n".join(chance.sample(_ATTRIBUTES, 2)).encode() + b"\n")
    return tree


def _changed(tree: Tree, chance: Random) -> Tree:
    new = dict(tree)
    for _ in range(chance.randint(1, 3)):
        chance.choice(_MOVES)(new, chance)
    return new


def _free(tree: Tree, path: str) -> bool:
    """Return whether a path is neither taken, nor below a file, nor above one."""
    return not any(path == x or path.startswith(f"{x}/") or x.startswith(f"{path}/") for x in tree)


def _path(chance: Random) -> str:
    return chance.choice(_DIRECTORIES) + chance.choice(_NAMES)


def _content(chance: Random) -> bytes:
    if chance.random() < 0.1:
        return bytes(chance.randrange(256) for _ in range(40)) + b"\0"
    end = chance.choice((b"\n", b"\n", b"\n", b"\r\n"))
    lines = [b"line %d: %d" % (at, chance.randrange(3)) for at in range(chance.randint(1, 14))]
    return end.join(lines) + (end if chance.random() < 0.9 else b"")


def _add(tree: Tree, chance: Random) -> None:
    path = _path(chance)
    if _free(tree, path):
        kind = chance.random()
        if kind < 0.05:
            tree[path] = ("160000", b"%040x" % chance.randrange(1, 4))
        elif kind < 0.12:
            tree[path] = ("120000", chance.choice((b"a.yaml", b"../base", b"/nowhere")))
        else:
            tree[path] = (chance.choice(("100644", "100644", "100755")), _content(chance))


def _edit(tree: Tree, chance: Random) -> None:
    path = _some(tree, chance)
    if path is None:
        return
    mode, content = tree[path]
    match mode:
        case "160000":
            tree[path] = (mode, b"%040x" % chance.randrange(1, 6))
        case "120000":
            tree[path] = (mode, chance.choice((b"b.yaml", b"..")))
        case _:
            lines = content.split(b"\n")
            lines[chance.randrange(len(lines))] = b"edited %d" % chance.randrange(3)
            tree[path] = (mode, b"\n".join(lines))


def _flip_line_ends(tree: Tree, chance: Random) -> None:
    path = _some(tree, chance)
    if path is not None and tree[path][0].startswith("100"):
        mode, content = tree[path]
        flipped = content.replace(b"\r\n", b"\n") if b"\r\n" in content else content.replace(b"\n", b"\r\n")
        tree[path] = (mode, flipped)


def _delete(tree: Tree, chance: Random) -> None:
    path = _some(tree, chance)
    if path is not None and len(tree) > 1:
        del tree[path]


def _rename(tree: Tree, chance: Random) -> None:
    path, to = _some(tree, chance), _path(chance)
    if path is not None and _free(tree, to):
        tree[to] = tree.pop(path)


def _rename_directory(tree: Tree, chance: Random) -> None:
    old, new = chance.sample(_DIRECTORIES[2:], 2)
    for path in [path for path in tree if path.startswith(old)]:
        if _free(tree, new + path.removeprefix(old)):
            tree[new + path.removeprefix(old)] = tree.pop(path)


def _chmod(tree: Tree, chance: Random) -> None:
    path = _some(tree, chance)
    if path is not None and tree[path][0].startswith("100"):
        tree[path] = ("100755" if tree[path][0] == "100644" else "100644", tree[path][1])


def _retype(tree: Tree, chance: Random) -> None:
    """Put a link or submodule where a file was, or the other way round."""
    path = _some(tree, chance)
    if path is not None:
        tree[path] = chance.choice((("120000", b"x"), ("100644", _content(chance)), ("160000", b"%040x" % 9)))


def _become_directory(tree: Tree, chance: Random) -> None:
    path = _some(tree, chance)
    if path is not None:
        held = tree.pop(path)
        tree[f"{path}/inner"] = held if chance.random() < 0.5 else ("100644", _content(chance))


def _become_file(tree: Tree, chance: Random) -> None:
    directory = chance.choice(("apps", "base", "apps/one"))
    inside = [path for path in tree if path.startswith(f"{directory}/")]
    for path in inside:
        del tree[path]
    if inside:
        tree[directory] = ("100644", _content(chance))


def _some(tree: Tree, chance: Random) -> str | None:
    paths = sorted(path for path in tree if path != ".gitattributes")
    return chance.choice(paths) if paths else None


_MOVES: tuple[Callable[[Tree, Random], None], ...] = (
    _edit, _edit, _edit, _edit, _add, _add, _delete, _rename, _rename, _rename_directory, _chmod, _retype,
    _flip_line_ends, _become_directory, _become_file,
)  # fmt: skip
