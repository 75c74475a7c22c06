"""A git directory of our own over somebody else's objects and refs, so that git never reads their configuration.

That can name programs in dozens of settings, of which no git offers to switch off all: a promisor remote at
`ext::sh -c ...` runs one for a single missing object, and GIT_NO_LAZY_FETCH is younger than many a git. Here the
objects and refs are links to theirs, and of their configuration we take over what names things and nothing else.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bot.core.model import Refused
from bot.edge.git import process
from bot.edge.git.environment import LOCAL_TIMEOUT, variables
from bot.edge.git.worktree import WorkTree, beginning

_HARMLESS: Final = frozenset(
    ("noop", "noop-v1", "partialclone", "preciousobjects", "relativeworktrees", "worktreeconfig")
)
"""The extensions that change nothing in how objects and refs are read. https://git-scm.com/docs/repository-version"""
_AS_EVER: Final = (("extensions.objectformat", "sha1"), ("extensions.refstorage", "files"))
_NAMING: Final = re.compile(r"(branch)\.(.+)\.(remote|merge)|(remote)\.(.+)\.(fetch)")
"""What `@{upstream}` needs."""
_PLAIN: Final = re.compile(r'[^"\\\x00-\x1f\x7f]+')
"""What between quotes means itself in a configuration, and cannot end them."""
_LACKING: Final = re.compile(r"extensions\.partialclone|remote\..+\.promisor", re.DOTALL)


def cast(tree: WorkTree, to: Path) -> bool:
    """Make the directory; return whether the repository is a partial clone, which may lack objects.

    Raises Refused where it is kept in a way that we do not read.
    """
    settings = tuple(_settings(tree.shared / "config"))
    to.mkdir()
    (to / "config").write_text("".join(_ours(settings)), "utf-8", errors="surrogateescape")
    (to / "HEAD").write_bytes(beginning(tree.own / "HEAD"))
    (to / "logs").mkdir()
    for name in ("objects", "refs", "packed-refs", "shallow", "logs/refs"):
        (to / name).symlink_to(tree.shared / name)
    for name in ("logs/HEAD", *(head.name for head in tree.own.glob("*_HEAD"))):
        (to / name).symlink_to(tree.own / name)
    return any(_LACKING.fullmatch(key) for key, _ in settings)


def _settings(file: Path) -> Iterator[tuple[str, str]]:
    """Yield the settings in a configuration as data: git opens no other file for it, and acts on none."""
    if not file.is_file():
        return
    argv = ("config", "--no-includes", "--null", "--list", "--file", str(file))
    said = process.run(Path("/"), variables({}, GIT_DIR=os.devnull), argv, LOCAL_TIMEOUT, b"")
    if said.status:
        raise Refused(f"git cannot read {file}: {said.err.strip().removeprefix('fatal: ')}")
    for setting in os.fsdecode(said.out).split("\0")[:-1]:
        key, _, value = setting.partition("\n")
        yield key, value


def _ours(settings: tuple[tuple[str, str], ...]) -> Iterator[str]:
    """Yield a configuration, line by line."""
    yield "[core]\nrepositoryformatversion = 1\nbare = true\n"
    for key, value in settings:
        if found := _NAMING.fullmatch(key):
            section, inner, name = filter(None, found.groups())
            if _PLAIN.fullmatch(inner) and _PLAIN.fullmatch(value):
                yield f'[{section} "{inner}"]\n{name} = "{value}"\n'
        elif (key, value) == ("extensions.objectformat", "sha256"):
            yield "[extensions]\nobjectformat = sha256\n"
        elif (key, value) not in _AS_EVER and key.startswith("extensions.") and key[11:] not in _HARMLESS:
            raise Refused(f"the repository is of a kind that is not read here: {key} = {value}")
