"""What of a repository Argo CD can apply, and which of its files each of these reads."""

import re
from dataclasses import dataclass
from typing import Literal

from bot.core.manifests import Kind
from bot.core.model import Chart, Sha

_LONGEST_RELEASE = 53


@dataclass(frozen=True, slots=True)
class Entry:
    """What a commit holds under one name."""

    kind: Literal["file", "directory", "link", "submodule"]
    sha: Sha


@dataclass(frozen=True, slots=True)
class Read:
    """One path that is read; a directory is read with all below it."""

    path: str
    entry: Entry | None
    """None: it would be read, and is not there."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A kustomization, chart or directory of manifests as one commit has it."""

    name: str
    """How people tell it apart: its directory, and the release where a chart has several."""
    kind: Kind
    path: str
    """Its directory; `.` is the repository itself."""
    reads: tuple[Read, ...]
    """By path, and nothing else is needed to render it."""
    key: str
    """Equal keys render to equal text: a digest of the renderer and of all that is read."""
    chart: Chart | None = None
    helm: bool = False
    """Whether charts of a kustomization are inflated."""
    refused: str = ""
    """Why it is not rendered at all."""


def release_of(path: str) -> str:
    """Return the release's name of a chart for which the rules give none: its directory's, as Helm allows it."""
    words = re.sub(r"[^a-z0-9]+", "-", path.rpartition("/")[2].lower()).strip("-")
    return words[:_LONGEST_RELEASE].rstrip("-") or "release"
