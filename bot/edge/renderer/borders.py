"""Where a tree ends: no path that is rendered, and without Landlock no link in the tree, may lead out of it."""

import os
from pathlib import Path

from bot.edge.renderer.complaint import Failed


def inside(root: Path, *paths: str) -> None:
    """Raise Failed unless each path, wherever its links lead, is below the root."""
    for path in paths:
        if _leads_out(root, path):
            raise Failed(f"{path} leads out of the repository")


def closed(root: Path) -> None:
    """Raise Failed if any link in the tree leads out of it; helm would follow it."""
    for directory, folders, files in os.walk(root):
        for name in (*folders, *files):
            link = Path(directory, name)
            path = str(link.relative_to(root))
            if link.is_symlink() and _leads_out(root, path):
                raise Failed(f"{path} leads out of the repository", path)


def _leads_out(root: Path, path: str) -> bool:
    """Return whether following a path ends outside."""
    return not (root / path).resolve().is_relative_to(root.resolve())
