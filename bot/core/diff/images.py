"""Which container images change, wherever pods are described: in workloads, and in resources of strangers."""

from collections.abc import Iterator

from bot.core.diff.scalars import decoded
from bot.core.diff.tree import Tree, below, items, label
from bot.core.manifests import ImageChange

CONTAINERS = ("containers", "initContainers", "ephemeralContainers")


def found(tree: Tree, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each container's path and image."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if isinstance(value, str) or key == "metadata":
                continue
            if key in CONTAINERS:
                yield from _images(items(value), below(path, key))
            yield from found(value, below(path, key))
    elif isinstance(tree, list):
        for index, item in enumerate(tree):
            if not isinstance(item, str):
                yield from found(item, below(path, label(item, index)))


def _images(containers: list[Tree], path: str) -> Iterator[tuple[str, str]]:
    for index, container in enumerate(containers):
        image = container.get("image") if isinstance(container, dict) else None
        if isinstance(image, str) and not image.startswith(("<secret ", "null")):
            yield below(path, label(container, index)), decoded(image)


def parted(image: str) -> tuple[str, str]:
    """Return an image's name, and what follows it: a tag, a digest, both joined by `@`, or nothing."""
    name, at, digest = image.partition("@")
    slash = name.rfind("/") + 1
    base, _, tag = name[slash:].partition(":")
    return name[:slash] + base, tag + (at + digest if tag else digest)


def changes(before: Tree, after: Tree) -> tuple[ImageChange, ...]:
    """Return what changes in one object, by image; a container is held against the one of its name."""
    olds, news = dict(found(before)), dict(found(after))
    changed: set[ImageChange] = set()
    for path in olds.keys() | news.keys():
        if olds.get(path) != news.get(path):
            changed.update(_change(olds.get(path), news.get(path)))
    stay = set(olds.values()) & set(news.values())
    return tuple(sorted((each for each in changed if not _moved(each, stay)), key=ImageChange.order))


def _change(before: str | None, after: str | None) -> Iterator[ImageChange]:
    old, new = parted(before or ""), parted(after or "")
    if before is not None and after is not None and old[0] == new[0]:
        yield ImageChange(old[0], old[1], new[1])
        return
    if before is not None:
        yield ImageChange(old[0], old[1], None)
    if after is not None:
        yield ImageChange(new[0], None, new[1])


def _moved(change: ImageChange, stay: set[str]) -> bool:
    """Return whether an image only left one container of an object that has it in another still, or entered one."""
    name, tag = (change.image, change.before if change.after is None else change.after)
    return None in {change.before, change.after} and any(parted(each) == (name, tag) for each in stay)
