"""A rendering to its documents."""

import pytest

from bot.core.diff.documents import changed, split


def texts(rendering: str) -> list[str]:
    return [each.text for each in split(rendering)]


def test_a_line_of_three_dashes_parts_documents() -> None:
    found = split("a: 1\n---\nb: 2\n---\n---\n# nothing\n---\nc: 3")

    assert [(each.text, each.number, each.line) for each in found] == [
        ("a: 1\n", 1, 1),
        ("b: 2\n", 2, 3),
        ("c: 3", 3, 8),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a: |\n  ---\n  b\n",
        "a: |\n  x\n  --- # y\n",
        "a: b\n---c: d\n",
        "a: b\n----\n",
        "-----BEGIN CERTIFICATE-----\n",
        "a: --- b\n",
        "  ---\n",
    ],
)
def test_what_only_looks_like_a_marker_parts_nothing(text: str) -> None:
    assert texts(text) == [text]


@pytest.mark.parametrize(
    "rendering",
    [
        "--- # first\na: 1\n--- \t# second\nb: 2\n",
        "---\r\na: 1\r\n---\r\nb: 2\r\n",
        "---\ra: 1\r---\rb: 2\r",
        "\ufeff---\na: 1\n\ufeff---\nb: 2\n",
        "\ufeffa: 1\n...\n\ufeffb: 2\n",
        "a: 1\n...\n---\nb: 2\n",
        "a: 1\n... # end\n# remark\n---\nb: 2\n---\n",
    ],
)
def test_markers_are_written_in_many_ways(rendering: str) -> None:
    assert [text.strip().splitlines()[-1] for text in texts(rendering)] == ["a: 1", "b: 2"]


@pytest.mark.parametrize("text", ["--- {a: 1}\n", "--- |\n  a\n", "--- a", "... a\n"])
def test_what_stands_behind_a_marker_belongs_to_the_document(text: str) -> None:
    assert texts(f"b: 2\n{text}") == ["b: 2\n", text]


def test_directives_belong_to_the_document_below() -> None:
    rendering = "# remark\n%YAML 1.1\n---\na: 1\n...\n%TAG ! tag:x,2000:\n--- # more\nb: 2\n"

    assert texts(rendering) == [
        "# remark\n%YAML 1.1\n---\na: 1\n",
        "%TAG ! tag:x,2000:\n--- # more\nb: 2\n",
    ]


def test_what_both_sides_have_is_not_looked_at() -> None:
    gone, come, kept = changed("a: 1\n---\na: 1\n---\nb: 2\n", "b: 2\n---\na: 1\n---\nc: 3\n")

    assert [[each.text for each in side] for side in (gone, come, kept)] == [
        ["a: 1\n"],
        ["c: 3\n"],
        ["b: 2\n", "a: 1\n"],
    ]
