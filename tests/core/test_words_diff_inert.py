"""Each text that means something to GitHub, in each place a stranger's text may come to stand, means nothing there."""

from dataclasses import replace

import pytest

from bot.core.manifests import Danger, Difference, Hunk, Identity, ImageChange, ManifestDiff, Reviewed
from bot.core.words import diff as words
from bot.core.words.markdown import code
from tests import diffs
from tests.diffs import LINK, broken, overlay, reviewed, touched
from tests.hostile import EVIL, assert_counted, assert_inert


def everywhere(text: str) -> tuple[ManifestDiff, Reviewed]:
    """Return a diff and a comparison that hold a text wherever one may be."""
    line, identity = text.replace("\n", ""), Identity(text, text, text, text)
    lines = (f" {line}", f"-{line}", f"+{line}", f"+{line}@evil", "+@evil #666")
    one = touched(
        identity=identity,
        hunks=(Hunk(1, 1, lines), Hunk(9, 9, lines)),
        added=6,
        removed=2,
        earlier_name=text,
        dangers=(Danger("crd", f"{code(text)} is gone"),),
        images=(ImageChange(text, text, text), ImageChange(text, None, text), ImageChange(text, text, None)),
        path=text,
        line=1,
    )
    quiet = replace(one, follows=True, dangers=())
    failure = broken(f"{text}\n{text}\n@evil #666", path=text, line=1)
    each = overlay(one, one, quiet, failures=(failure,), name=text, command=text)
    compared = reviewed(Difference(text, identity, lines, lines), unknown=(text,))
    return diffs.diff(each, each, looked_at=2, tools=(text,)), replace(compared, tier=text)


@pytest.mark.parametrize("around", ["{}", "a{}", "{}a", "\n{}\n", "@evil{}#666", "`{}", "{}`", "\\{}"])
@pytest.mark.parametrize("evil", EVIL)
def test_no_text_acts(evil: str, around: str) -> None:
    diff, reviewed = everywhere(around.format(evil))

    text = words.comment(diff, reviewed=reviewed, link=LINK)
    run = words.check_run(diff, external_id="pull:12", reviewed=reviewed, link=LINK)

    assert_counted(assert_inert(text, diff), diff)
    assert_inert(run.summary, diff)
    assert_inert(run.text, diff)
