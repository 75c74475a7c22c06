"""Directories of manifests that Argo CD applies as they are.

https://argo-cd.readthedocs.io/en/stable/user-guide/directory
"""

import base64
import binascii
import re
from collections.abc import Iterator
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
"""What every object has, as nearly everybody writes it; where these are, no more has to be looked at."""
_MERGED = "<<"
_BINARY = "tag:yaml.org,2002:binary"
_ODD = re.compile(r"[\\!\0\ud800-\udfff]")
"""What a key can be written with so that its letters do not stand in the text: an escape, a tag, another encoding."""
_QUICK = 1 << 18
"""Characters that are parsed to find out whether a directory counts."""


@dataclass(frozen=True, slots=True)
class File:
    """One of the manifests of a directory."""

    path: str
    text: str


def named(tree: Tree, path: str, directory: Entry) -> tuple[str, ...]:
    """Return the paths of what a directory holds that Argo CD takes for YAML or JSON, by its name."""
    return tuple(below(path, name) for name in tree.inside(directory) if name.endswith(ENDINGS))


def manifests(tree: Tree, path: str, directory: Entry) -> tuple[str, ...]:
    """Return those of them that look like manifests; looked for once, unless a link may lead elsewhere each time."""
    kept = f"manifests {directory.sha}"
    found = tree.memory.texts.get(kept)
    if not isinstance(found, tuple):
        paths = named(tree, path, directory)
        found = tuple(one.rpartition("/")[2] for one in paths if is_manifest(tree, one))
        if all(one.kind != "link" for one in tree.inside(directory).values()):
            tree.memory.texts[kept] = found
    return tuple(below(path, name) for name in found)


def is_manifest(tree: Tree, path: str) -> bool:
    """Return whether a file, or what a link leads to, may hold objects; in doubt it does, broken or too large."""
    place = tree.follow(path)
    if place is None or place.entry.kind != "file":
        return False
    kept = f"manifest {place.entry.sha}"
    if kept not in tree.memory.texts:
        text = tree.text(place.entry, most=LARGEST)
        tree.memory.texts[kept] = text is None or _is_likely(text)
    return tree.memory.texts[kept] is True


def _is_likely(text: str) -> bool:
    if all(key.search(text) for key in _KEYS):
        return True
    if not _may_define(text) or len(text) > _QUICK:
        return _may_define(text)
    try:
        return _defines(File("", text))
    except Failed:
        return True


def _may_define(text: str) -> bool:
    """Return whether the keys of an object can be in a text, however they are written."""
    return ("apiVersion" in text and "kind" in text) or _ODD.search(text) is not None


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
    """Return those files that define objects as one text, as Argo CD passes over others.

    Raises Failed where one that may do so is not YAML, or nests too deep.
    """
    return "\n---\n".join(one.text for one in manifests if _may_define(one.text) and _defines(one))


def _defines(file: File) -> bool:
    """Return whether a file holds an object; say what YAML objects to, which quotes nothing of the file."""
    text = file.text.encode(errors="replace").decode()
    try:
        if is_shallow(text):
            return any(_is_object(node) for node in yaml.compose_all(text, Loader=yaml.CBaseLoader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise Failed(f"{file.path}:{line}: {error.problem}", file.path, line) from None
    except yaml.YAMLError:
        raise Failed(f"{file.path} holds characters that YAML does not allow", file.path) from None
    raise Failed(f"{file.path} nests deeper than {DEEPEST} levels", file.path)


def _is_object(document: yaml.Node) -> bool:
    """Return whether somebody could apply a document; a tool's own configuration often looks so but for a name."""
    keys = set(_keys(document))
    return {"apiVersion", "kind"} <= keys and not keys.isdisjoint(("metadata", "items"))


def _keys(document: yaml.Node) -> Iterator[str]:
    """Yield the keys of a mapping, and of those merged into it, each looked into once."""
    ahead, seen = [document], set[int]()
    while ahead:
        node = ahead.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
            name = _text(key)
            yield name
            if name == _MERGED:
                ahead += value.value if isinstance(value, yaml.SequenceNode) else [value]


def _text(key: yaml.Node) -> str:
    if not isinstance(key, yaml.ScalarNode):
        return ""
    if key.tag != _BINARY:
        return str(key.value)
    try:
        return base64.b64decode("".join(key.value.split())).decode(errors="replace")
    except binascii.Error:
        return ""
