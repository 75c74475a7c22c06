"""Which texts are alike, and that finding out has an end."""

import time

import pytest

from bot.core.diff import likeness
from bot.core.diff.likeness import alike


def text(lines: int, name: str = "") -> str:
    """Return a text of many lines, and one of its own."""
    return "\n".join([*(f"line {number}: value" for number in range(lines)), name])


def test_the_likest_come_first_and_the_others_not_at_all() -> None:
    found = alike([text(9, "x"), "a\nb"], [text(9, "y"), text(9, "x"), text(3)], 0.8)

    assert found == [(1.0, 0, 1), (0.9, 0, 0)]


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("a\na\na\na", "a\na\nb\nc", 0.5),
        ("a\na", "b\nb", 0.0),
        ("a\nb", "a\nb\nc\nd", 0.5),
        ("a\na\nb", "b\na\na", 1.0),
    ],
)
def test_a_line_counts_as_often_as_it_is_there(one: str, other: str, share: float) -> None:
    assert alike([one], [other], 0.0) == [(share, 0, 0)]


def test_of_too_much_text_the_smallest_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likeness, "MOST_READ", 2 * (len(text(9)) + 32 * 9))

    assert alike([text(99), text(9)], [text(99), text(9)], 0.8) == [(1.0, 1, 1)]


def test_of_too_many_pairs_the_nearest_in_size_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likeness, "STEPS", 25)

    assert alike([text(10), text(9)], [text(9), text(10)], 0.8) == [(1.0, 0, 1), (1.0, 1, 0)]


@pytest.mark.slow
def test_many_large_texts_take_no_minutes() -> None:
    began = time.process_time()

    found = alike([text(20_000, f"a{n}") for n in range(20)], [text(20_000, f"b{n}") for n in range(20)], 0.8)

    assert len(found) == 400
    assert time.process_time() - began < 5
