"""Three-way merges by `git merge-tree`, the only authority: a merge of our own would one day differ from git's.

The three trees are dressed up as commits, base below both sides, which every git from 2.38 on takes and whose merge
is exactly that of `git cherry-pick`. https://git-scm.com/docs/git-merge-tree#OUTPUT
"""

from dataclasses import dataclass
from functools import cache

from bot.core.model import Sha
from bot.edge.git import attributes, failures
from bot.edge.git.view import View

_NOBODY = "nobody <nobody> 0 +0000"


@dataclass(frozen=True, slots=True)
class Message:
    """What git says about some paths."""

    paths: tuple[str, ...]
    kind: str
    """Git's stable name for what happened, such as `CONFLICT (contents)`."""
    text: str


@dataclass(frozen=True, slots=True)
class Sides:
    """The throw-away commits of one merge; their names are in what git writes about it."""

    base: Sha
    ours: Sha
    theirs: Sha


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge came to."""

    clean: bool
    tree: Sha
    sides: Sides
    stages: tuple[tuple[str, int], ...] = ()
    """Conflicted paths with their stages: 1 base, 2 ours, 3 theirs."""
    messages: tuple[Message, ...] = ()


def merge(view: View, *, base: Sha, theirs: Sha, onto: Sha, attributed: tuple[str, ...]) -> Merged:
    """Merge tree `theirs`, seen from tree `base`, into tree `onto`; the attributes of `attributed` paths count."""
    sides = _sides(view, base, onto, theirs)
    source, config = _attributes(view, onto, attributed)
    argv = ("merge-tree", "--write-tree", "-z", "--messages", "--end-of-options", sides.ours, sides.theirs)
    done = view.run(*source, *argv, config=config)
    match done.status:
        case 0 | 1:
            return _parse(done.out, sides, clean=done.status == 0)
        case status:
            raise failures.of_mirror("merge-tree", status, done.err)


def _sides(view: View, base: Sha, ours: Sha, theirs: Sha) -> Sides:
    def dress(tree: Sha, parents: tuple[Sha, ...], name: str) -> Sha:
        lines = [f"tree {tree}", *(f"parent {sha}" for sha in parents), f"author {_NOBODY}", f"committer {_NOBODY}"]
        return view.objects.write("commit", "\n".join([*lines, "", name, ""]).encode(), like=tree)

    root = dress(base, (), "base")
    return Sides(root, dress(ours, (root,), "ours"), dress(theirs, (root,), "theirs"))


def _attributes(view: View, onto: Sha, paths: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, str]]:
    if _can_name_source():
        return (f"--attr-source={onto}",), {}
    copied = attributes.copy(view.objects, onto, paths, view.quarantine / "attributes")
    return (), {"core.attributesFile": str(copied)} if copied else {}


_can_name_source = cache(attributes.can_name_source)


def _parse(out: bytes, sides: Sides, *, clean: bool) -> Merged:
    """Read the NUL-framed output; 2.39 adds advice on submodules outside the frame, where reading stops."""
    fields = out.decode(errors="surrogateescape").split("\0")
    tree, rest = fields[0].strip(), fields[1:]
    stages: list[tuple[str, int]] = []
    while rest and rest[0]:
        info, _, path = rest.pop(0).partition("\t")
        stages.append((path, int(info.split()[2])))
    messages: list[Message] = []
    rest = rest[1:]
    while rest and rest[0].isdecimal() and len(rest) > (count := int(rest[0])) + 2:
        messages.append(Message(tuple(rest[1 : count + 1]), rest[count + 1], rest[count + 2].strip()))
        rest = rest[count + 3 :]
    return Merged(clean, tree, sides, tuple(stages), tuple(messages))
