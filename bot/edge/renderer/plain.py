"""Directories of manifests that Argo CD applies as they are.

https://argo-cd.readthedocs.io/en/stable/user-guide/directory
"""

import re

import yaml

from bot.core.overlays import Entry, Read
from bot.edge.renderer.complaint import Failed
from bot.edge.renderer.tree import Tree

_ENDINGS = (".yaml", ".yml", ".json")
_LARGEST = 4 << 20
_VERSION = re.compile(r'(?:^|[{,])\s{0,40}["\']?apiVersion["\']?\s*:', re.MULTILINE)
_KIND = re.compile(r'(?:^|[{,])\s{0,40}["\']?kind["\']?\s*:', re.MULTILINE)


def is_manifest(tree: Tree, name: str, entry: Entry) -> bool:
    """Return whether a file looks like manifests of Kubernetes' objects, broken ones too."""
    if entry.kind != "file" or not name.endswith(_ENDINGS):
        return False
    kept = f"manifest {entry.sha}"
    if kept not in tree.memory.texts:
        text = tree.text(entry, most=_LARGEST) or ""
        tree.memory.texts[kept] = bool(_VERSION.search(text) and _KIND.search(text))
    return tree.memory.texts[kept] is True


def rendered(tree: Tree, reads: tuple[Read, ...]) -> str:
    """Return the files as one text; raise Failed where one of them is not YAML."""
    return "\n---\n".join(_checked(tree, read) for read in reads if read.entry and read.entry.kind == "file")


def _checked(tree: Tree, read: Read) -> str:
    assert read.entry  # noqa: S101 - the caller asked
    text = tree.text(read.entry, most=_LARGEST)
    if text is None:
        raise Failed(f"{read.path} has more than {_LARGEST >> 20} MB", read.path)
    try:
        for _ in yaml.parse(text.encode("utf-8", errors="replace"), Loader=yaml.CBaseLoader):
            pass
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise Failed(f"{read.path}:{line}: {error.problem}", read.path, line) from None
    except yaml.YAMLError as error:
        raise Failed(f"{read.path}: {error}"[:400], read.path) from None
    return text
