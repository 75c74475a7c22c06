"""The check run `tierkeeper/diff`: red only where what Argo CD would apply cannot be rendered."""

from collections.abc import Iterator
from itertools import islice

from bot.core.manifests import ManifestDiff, Reviewed
from bot.core.model import Annotation, CheckRun
from bot.core.words.check import TITLE_LIMIT
from bot.core.words.diff.counts import failed, headline, objects
from bot.core.words.diff.overview import overlays, sentence, weight
from bot.core.words.diff.sections import GAP, sections
from bot.core.words.diff.sticky import above, footer, opening
from bot.core.words.markdown import sayable, shortened, size

NAME = "tierkeeper/diff"
OUTPUT_LIMIT = 65_535
"""Bytes GitHub takes as a check's summary, and again as its text."""
ANNOTATION_LIMIT = 50
_REMARK_LIMIT = 1000
_PATH_LIMIT = 1000


def check_run(
    diff: ManifestDiff, *, external_id: str, reviewed: Reviewed | None = None, link: str | None = None
) -> CheckRun:
    """Return the check run that publishes a diff; `external_id` is what it is found again by."""
    start, end = [opening(diff), *above(diff, reviewed)], footer(diff, link)
    rows = overlays(diff, most=OUTPUT_LIMIT - size(GAP.join([*start, end])) - len(GAP))
    return CheckRun(
        name=NAME,
        head_sha=diff.head,
        conclusion="failure" if any(failed(overlay) for overlay in diff.overlays) else "success",
        title=_title(diff, reviewed),
        summary=GAP.join([*start, *([rows] if rows else []), end]),
        text=sections(diff, link, most=OUTPUT_LIMIT),
        external_id=external_id,
        annotations=tuple(islice(_annotations(diff), ANNOTATION_LIMIT)),
        details_url=link or "",
    )


def _title(diff: ManifestDiff, reviewed: Reviewed | None) -> str:
    counted = headline(diff, sayable).replace(" ⚠", "").replace(" ❌", "") if diff.overlays else "no change"
    if reviewed and reviewed.differences:
        return _cut(f"Not as reviewed in {reviewed.tier}: {counted}")
    if reviewed and not reviewed.same:
        return _cut(f"Not comparable with {reviewed.tier}: {counted}")
    return _cut(counted) if diff.overlays else "No change in what Argo CD applies"


def _cut(title: str) -> str:
    flat = " ".join(sayable(title).split())
    return flat if len(flat) <= TITLE_LIMIT else flat[: TITLE_LIMIT - 1] + "…"


def _annotations(diff: ManifestDiff) -> Iterator[Annotation]:
    """Yield a remark on each line that can be named, those on failures first."""
    for overlay in diff.overlays:
        for failure in overlay.failures:
            if failure.side == "head" and _exists(failure.path):
                message = sayable(shortened(failure.message, _REMARK_LIMIT)) or "-"
                yield Annotation(failure.path, max(1, failure.line), "failure", message, title="Cannot be rendered")
    found = [(one, danger) for one in objects(diff) for danger in one.dangers if _exists(one.path)]
    for one, danger in sorted(found, key=lambda each: weight(each[1])):
        message = sayable(sentence(danger)).replace("`", "")
        yield Annotation(one.path, max(1, one.line), "warning", message, title=_cut(danger.rule.capitalize()))


def _exists(path: str) -> bool:
    """Return whether GitHub takes a path as a file's; it refuses the whole run for one that it does not."""
    odd = path != sayable(path) or len(path) > _PATH_LIMIT
    return not odd and not {"", ".", ".."} & set(path.split("/"))
