"""What a stranger might write into a manifest, and the proof that it means nothing where it comes to stand."""

import re

from bot.core.manifests import ManifestDiff
from bot.core.words.diff.anchors import there
from tests.diffs import LINK
from tests.markdown_reader import Read, balanced, read

EVIL = (
    *("@evil", "#666", "GH-666", "acme/shop#666", "<img src=x>", "</details>", "<details>", "<!--", "-->", "![a](//e)"),
    *("[a](//e)", "`", "```", "````````", "~~~", "\n", "\r\n", "\r", "\n\n", "\x00", "\x1b[31m", "\u202e", "\u2066"),
    *(
        "|",
        "\\|",
        "\\\\|",
        "\\",
        "\n---",
        "\n===",
        "# a",
        "\u2028",
        "\ud800",
        "🎉",
        "é",
        " ",
        "\t",
        "https://evil.test",
    ),
    *(
        "evil.test",
        "evil@evil.test",
        "&lt;",
        "&#64;evil",
        "$$x$$",
        "</code></summary>",
        "<b",
        ":tada:",
        "*",
        "__",
        "~~",
    ),
)
ACTING = ("@", "evil", "#666", "GH-666", "<", "tada", "$", "\r", "\u202e")
"""What no text may hold that GitHub looks for something in."""


def assert_inert(text: str, diff: ManifestDiff) -> Read:
    """Hold that a second reader finds nothing in a text but what we put there."""
    found = read(text)
    said = "\n".join(found.said)
    assert not found.others
    assert not found.foreign[:3]
    assert found.unclosed == 0
    assert balanced(found.sections)
    assert set(found.links) <= {LINK, *(there(LINK, overlay.name) for overlay in diff.overlays)}
    assert not [word for word in ACTING if word in said]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u2028\u202a-\u202e\u2066-\u2069]", text)
    text.encode()
    return found


def assert_counted(shown: Read, diff: ManifestDiff) -> None:
    """Hold that what is shown and what is said to be left out are all there is."""
    objects = [one for overlay in diff.overlays for one in overlay.objects]
    failures = sum(len(overlay.failures) for overlay in diff.overlays)
    left = [text for text in shown.paragraphs if text.startswith("… ") and ":" in text]

    def hidden(noun: str) -> int:
        return sum(
            int(n.replace(",", ""))
            for text in left
            for n in re.findall(rf"([\d,]+) (?:more )?{noun}s?(?:[,:]|$)", text)
        )

    headings = [text for text in shown.paragraphs if re.match(r"\*\*(changed|new|⚠ deleted|renamed)\*\* ", text)]
    told = [text for text in shown.paragraphs if re.match(r"(❌|⚠) \*\*(cannot|could not) be rendered", text)]
    named = [re.match(r"([\d,]+) objects? only follows? a new generated name: ", text) for text in shown.paragraphs]
    following = sum(int(each[1].replace(",", "")) for each in named if each)
    assert len(headings) + following + hidden("object") == len(objects)
    assert len(told) + hidden("failure") == failures
    if not headings and not following:
        assert hidden("line") == sum(one.added + one.removed for one in objects)
