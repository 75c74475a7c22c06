"""What comes before the diffs: the dangers, how it compares with what was reviewed, and a row per overlay."""

from collections.abc import Sequence
from itertools import accumulate

from bot.core.manifests import Danger, Difference, Identity, ManifestDiff, OverlayDiff, Reviewed
from bot.core.words.diff.counts import failed, failing, signed
from bot.core.words.diff.pieces import name, named, shown_line
from bot.core.words.markdown import block, code, count, details, few, shortened, size, table

DANGERS_SHARE = 8_000
"""Bytes that may tell of dangers."""
SHOWN_PLACES = 3
SENTENCE_LIMIT = 600
"""Bytes of what is said of a danger; it cannot be cut without breaking it."""
_HEAD = ("overlay", "changed", "added", "deleted", "renamed", "follow", "lines", "failures")
_KINDS = ("changed", "added", "removed", "renamed", "follows")
_RULES = {
    "namespace": "concerns a whole namespace",
    "crd": "changes a definition that other objects need",
    "deletion": "is deleted",
    "immutable": "changes a field that cannot be changed in place",
    "rbac": "allows more than before",
    "zero": "is scaled to zero",
    "secret": "concerns a secret",
    "latest": "runs an image by a tag that moves",
}
"""What is said of a danger in general, the worst first."""
_WEIGHTS = {rule: weight for weight, rule in enumerate(_RULES)}


def dangers(diff: ManifestDiff) -> str:
    """Return what a reviewer must not overlook, said once for all overlays it concerns; nothing where nothing is."""
    found: dict[tuple[Identity, Danger], list[str]] = {}
    for overlay in diff.overlays:
        for one in overlay.objects:
            for danger in one.dangers:
                found.setdefault((one.identity, danger), []).append(overlay.name)
    worst = sorted(found.items(), key=lambda each: weight(each[0][1]))
    said = [f"{named(identity)} in {_places(where)}: {sentence(danger)}" for (identity, danger), where in worst]
    if broken := [overlay.name for overlay in diff.overlays if failed(overlay)]:
        said.insert(0, f"{_places(broken)} cannot be rendered, so what it changes is not known")
    shown = _fitting(said, DANGERS_SHARE)
    more = [f"… {count(len(said) - len(shown), 'more danger')}"] if len(said) > len(shown) else []
    return "\n> - ".join(["> [!WARNING]", *shown, *more]) if said else ""


def weight(danger: Danger) -> int:
    """Return what dangers are sorted by, where there is no room for all of them; the worst have the least."""
    return _WEIGHTS[danger.rule]


def sentence(danger: Danger) -> str:
    """Return what is said of a danger, in one line of bounded length."""
    flat = " ".join(danger.sentence.split())
    return flat if 0 < size(flat) <= SENTENCE_LIMIT else _RULES[danger.rule]


def reviewed_as(reviewed: Reviewed, *, most: int) -> str:
    """Return whether a promotion does what reviewers saw, or what differs, in about so many bytes."""
    tier, differences = code(shortened(reviewed.tier, 60)), reviewed.differences
    if reviewed.same:
        return f"✅ **same as reviewed in {tier}** (#{reviewed.pull})"
    said = []
    if reviewed.reason:
        why = code(shortened(reviewed.reason, SENTENCE_LIMIT))
        said.append(f"⚠ **cannot be compared with {tier}** (#{reviewed.pull}): {why}")
    if reviewed.unknown:
        where = f"{_places(reviewed.unknown)} cannot be rendered, here or there"
        said.append(f"⚠ **not comparable with {tier}** (#{reviewed.pull}): {where}")
    if differences:
        many = count(len(differences), "object")
        said.append(f"⚠ **not the same as reviewed in {tier}** (#{reviewed.pull}): {many}")
        said.append(_differing(reviewed, most))
    return "\n\n".join(said)


def _differing(reviewed: Reviewed, most: int) -> str:
    legend = f"`-` is what only #{reviewed.pull} did there, `+` what only this does here."
    texts = [_difference(one) for one in reviewed.differences]
    shown = _fitting(texts, most)
    more = [f"… {count(len(texts) - len(shown), 'more object')}"] if len(texts) > len(shown) else []
    return details("What differs", "\n\n".join([legend, *shown, *more]))


def _difference(one: Difference) -> str:
    lines = [*(shown_line(f"- {line}") for line in one.there), *(shown_line(f"+ {line}") for line in one.here)]
    return f"{named(one.identity)} in {name(one.overlay)}\n\n{block(chr(10).join(lines), 'diff')}"


def overlays(diff: ManifestDiff, *, most: int) -> str:
    """Return a row per overlay within so many bytes, and how many more there are."""
    if not diff.overlays:
        return ""
    columns = [_HEAD, *(_row(overlay) for overlay in diff.overlays)]
    used = [at for at in range(len(_HEAD)) if any(row[at] for row in columns[1:])]
    head, *rows = [tuple(row[at] for at in used) for row in columns]
    shown = _fitting([" | ".join(("", *row, "")) for row in rows], most - 2 * size(table(head, [])))
    more = [f"… {count(len(rows) - len(shown), 'more overlay')}"] if len(rows) > len(shown) else []
    return "\n\n".join([table(head, rows[: len(shown)]), *more])


def _row(overlay: OverlayDiff) -> tuple[str, ...]:
    kinds = ["follows" if one.quiet else one.change for one in overlay.objects]
    standing = "" if overlay.standing == "changed" else f" ({overlay.standing})"
    counted = (f"{kinds.count(kind):,}" if kind in kinds else "" for kind in _KINDS)
    changed = signed(overlay.objects) if overlay.objects else ""
    return name(overlay.name) + standing, *counted, changed, ", ".join(failing(overlay, "{:,}".format))


def _fitting(texts: Sequence[str], most: int) -> Sequence[str]:
    """Return as many of the first texts as so many bytes hold, a gap after each."""
    sizes = accumulate(size(text) + 2 for text in texts)
    return [text for text, so_far in zip(texts, sizes, strict=True) if so_far <= most]


def _places(overlays: Sequence[str]) -> str:
    return few([name(one) for one in overlays], SHOWN_PLACES)
