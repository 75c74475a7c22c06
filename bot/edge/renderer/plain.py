"""Directories of manifests that Argo CD applies as they are.

https://argo-cd.readthedocs.io/en/stable/user-guide/directory
"""

import re
from dataclasses import dataclass

import yaml

from bot.core.overlays import Entry, Read
from bot.edge.renderer.complaint import Failed
from bot.edge.renderer.shallow import DEEPEST, is_shallow
from bot.edge.renderer.tree import Tree, below

ENDINGS = (".yaml", ".yml", ".json")
LARGEST = 4 << 20
MOST_BYTES = 16 << 20
"""Of one directory's files together."""
_KEYS = [
    re.compile(rf'(?:^|[{{,])[ \t\ufeff]{{0,40}}["\']?{key}["\']?[ \t]*:', re.MULTILINE)
    for key in ("apiVersion", "kind", "(?:metadata|items)")
]
"""What every object has; a tool's own configuration often looks the same but for a name."""


@dataclass(frozen=True, slots=True)
class File:
    """One of the manifests of a directory."""

    path: str
    text: str


def manifests(tree: Tree, path: str, directory: Entry) -> tuple[str, ...]:
    """Return the names of a directory's manifests; looked for once, unless a link may lead elsewhere each time."""
    held = tree.inside(directory)
    kept = f"manifests {directory.sha}"
    found = tree.memory.texts.get(kept)
    if not isinstance(found, tuple):
        found = tuple(name for name in held if name.endswith(ENDINGS) and is_manifest(tree, below(path, name)))
        if all(one.kind != "link" for one in held.values()):
            tree.memory.texts[kept] = found
    return found


def is_manifest(tree: Tree, path: str) -> bool:
    """Return whether a file, or what a link leads to, looks like manifests, broken or too large ones too."""
    place = tree.follow(path)
    if place is None or place.entry.kind != "file":
        return False
    kept = f"manifest {place.entry.sha}"
    if kept not in tree.memory.texts:
        text = tree.text(place.entry, most=LARGEST)
        tree.memory.texts[kept] = text is None or all(key.search(text) for key in _KEYS)
    return tree.memory.texts[kept] is True


def files(tree: Tree, reads: tuple[Read, ...]) -> tuple[File, ...]:
    """Return the manifests of a directory; raise Failed where they are too much."""
    found, size = list[File](), 0
    for read in reads:
        if read.entry is None or read.entry.kind != "file":
            continue
        text = tree.text(read.entry, most=LARGEST)
        size += len(text or "")
        if text is None or size > MOST_BYTES:
            most = f"{LARGEST >> 20} MB, or with the others of its directory more than {MOST_BYTES >> 20} MB"
            raise Failed(f"{read.path} has more than {most}", read.path)
        found.append(File(read.path, text.removeprefix("\ufeff")))
    return tuple(found)


def rendered(manifests: tuple[File, ...]) -> str:
    """Return manifests as one text; raise Failed where one of them is not YAML, or nests too deep."""
    for one in manifests:
        _check(one)
    return "\n---\n".join(one.text for one in manifests)


def _check(file: File) -> None:
    """Say what YAML objects to, which quotes nothing of the file."""
    try:
        if is_shallow(file.text.encode(errors="replace").decode()):
            return
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise Failed(f"{file.path}:{line}: {error.problem}", file.path, line) from None
    except yaml.YAMLError:
        raise Failed(f"{file.path} holds characters that YAML does not allow", file.path) from None
    raise Failed(f"{file.path} nests deeper than {DEEPEST} levels", file.path)
