"""Where in the changed files a changed object, or its new image, is written: what a remark can be pinned to.

Read line by line: a file may be a template or a patch that YAML has no word for, and a remark at the wrong place is
worse than none, so only an object's own kind and name, or the very tag, count.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bot.core.manifests import ManifestDiff, ObjectDiff, OverlayDiff

_START = re.compile(r"^---(?:\s|$)")
_KIND = re.compile(r"^kind:\s*[\"']?(\w+)")
_NAME = re.compile(r"^(?:metadata:\s*\{[^}]*?|\s{1,8})\bname:\s*[\"']?([\w.-]+)")
_TAG = re.compile(r"^[\s-]*(?:newTag|digest|tag):\s*[\"']?(\S+?)[\"']?\s*$")
_HASH = re.compile(r"-[a-z0-9]{10}$")

Spot = tuple[str, int]
"""A path, and a line counted from 1."""


@dataclass(frozen=True, slots=True)
class _Written:
    objects: Mapping[tuple[str, str], Spot]
    """By kind and name."""
    tags: tuple[tuple[str, Spot], ...]


def placed(diff: ManifestDiff, texts: Mapping[str, str]) -> ManifestDiff:
    """Return the diff with the places of its objects; `texts` are the changed files as they are now, by path."""
    lines = [(path, number, line) for path, text in texts.items() for number, line in enumerate(text.split("\n"), 1)]
    written = _Written(dict(_objects(lines)), tuple(_tags(lines)))
    return replace(diff, overlays=tuple(_overlay(one, written) for one in diff.overlays))


def _overlay(overlay: OverlayDiff, written: _Written) -> OverlayDiff:
    directory = overlay.name.partition(" (")[0]
    return replace(overlay, objects=tuple(_object(one, directory, written) for one in overlay.objects))


def _object(one: ObjectDiff, directory: str, written: _Written) -> ObjectDiff:
    identity = one.identity
    names = (identity.name, _HASH.sub("", identity.name))
    spot = next(
        (written.objects[identity.kind, name] for name in names if (identity.kind, name) in written.objects), None
    )
    tags = {image.after for image in one.images if image.after}
    near = (at for tag, at in written.tags if tag in tags and (directory == "." or at[0].startswith(f"{directory}/")))
    path, line = spot or next(near, ("", 0))
    return replace(one, path=path, line=line)


def _objects(lines: list[tuple[str, int, str]]) -> Iterator[tuple[tuple[str, str], Spot]]:
    """Yield each object once its kind and its name, which stands below `metadata`, are both known."""
    file, kind, name, spot = "", "", "", ("", 0)
    metadata = False
    for path, number, line in lines:
        if path != file or _START.match(line):
            file, kind, name, metadata = path, "", "", False
        if line[:1].strip() and line[0] not in "#-":
            metadata = line.startswith("metadata:")
        found = _KIND.match(line)
        kind = found[1] if found and not kind else kind
        found = _NAME.match(line) if metadata and not name else None
        name, spot = (found[1], (path, number)) if found else (name, spot)
        if kind and name:
            yield (kind, name), spot


def _tags(lines: list[tuple[str, int, str]]) -> Iterator[tuple[str, Spot]]:
    for path, number, line in lines:
        if found := _TAG.match(line):
            yield found[1], (path, number)
