"""YAML to trees: what is the same, what is not, and what is refused."""

import pytest

from bot.core.diff import Unreadable, compare, events, plain
from bot.core.diff.scalars import decoded
from bot.core.diff.tree import Tree, rows
from tests.renderings import MANNER

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n"


def value(written: str) -> Tree:
    tree = events.read(f"a: {written}\n")
    assert isinstance(tree, dict)
    return tree["a"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("on", '"on"'),
        ("yes", "'yes'"),
        ("1", '"1"'),
        ("1_000", "1000"),
        ("0o7", '"0o7"'),
        ("1.0", '"1.0"'),
        ("1e3", '"1e3"'),
        (".inf", '".inf"'),
        ("12:30:00", '"12:30:00"'),
        ("2001-01-01", '"2001-01-01"'),
        ("null", '"null"'),
        ("", '""'),
        ("!x a", "a"),
        ("!!int 1", "'1'"),
        ("!!binary gIA=", "gIA="),
        ("|\n  a", "|-\n  a"),
    ],
)
def test_different_values_are_told_apart(one: str, other: str) -> None:
    assert value(one) != value(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a", '"a"'),
        ("1.2.3", '"1.2.3"'),
        ("=", '"="'),
        ("a b", "'a b'"),
        ("a\n  b", '"a b"'),
        ('"a\\nb\\n"', "|\n  a\n  b"),
        ('"a\\n\\n"', "|+\n  a\n"),
        ('" a\\nb"', "|2-\n   a\n  b"),
        (">-\n  a\n  b", "a b"),
        ("!!str 1", '"1"'),
        ("! 1", '"1"'),
        ("!!binary aGk=", "hi"),
        ("", "null"),
        ("~", "NULL"),
        ("True", "true"),
        ("{a: 1, b: [2]}", "\n  b:\n  - 2\n  a: 1"),
        ("!!map {a: !!seq [2]}", "{a: [2]}"),
        ("{a: 1, a: 2}", "{a: 2}"),
        ("{<<: {a: 1, b: 2}, b: 3}", "{a: 1, b: 3}"),
        ("{b: 3, <<: [{a: 1}, {a: 2, c: 4}]}", "{a: 1, b: 3, c: 4}"),
        ("{x: &x {a: 1}, y: *x, k: 2}", "{x: {a: 1}, y: {a: 1}, k: 2}"),
        ('{"a\\nb": 1}', '{? "a\\nb" : 1}'),
    ],
)
def test_equal_values_are_equal_however_they_are_written(one: str, other: str) -> None:
    assert value(one) == value(other)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ('"a\\u200bb"', '"a\\u200bb"'),
        ('"a\\u200b\\nb"', '"a\\u200b\\nb"'),
        ('"a\\U0001F600\\u202Eb"', '"a\U0001f600\\u202eb"'),
        ('"\\n"', '"\\n"'),
        ('"\\a\\t"', '"\\u0007\\t"'),
        ('"---"', "'---'"),
        ('"it\'s: #"', "'it''s: #'"),
        ('!x "a"', '!<!x> "a"'),
        ("!!binary |\n  gI\n  A=", '!!binary "gIA="'),
        ("!!binary aé", '!!binary "aé"'),
    ],
)
def test_a_scalar_is_one_line_in_which_all_is_seen(written: str, canonical: str) -> None:
    assert value(written) == canonical


def test_a_scalar_stands_for_its_text() -> None:
    assert [decoded(value(each)) for each in ("|\n  a\n  b\n", "'1'", "!x a", "on", "|-\n  a\n  b\n")] == [
        "a\nb\n",
        "1",
        "a",
        "on",
        "a\nb",
    ]


def test_keys_stay_in_one_line_and_merge_nothing_by_accident() -> None:
    tree = events.read('{"a\\nb": 1, "<<": 2, on: 3, "on": 4}')

    assert tree == {'"<<"': "2", '"a\\nb"': "1", '"on"': "4", "on": "3"}


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{chr(ord(name) - 1)}'] * 10)}]\n" for name in "bcdefgh"
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BOMB, "its aliases repeat too much"),
        ("a: &a [*a]\n", "an alias repeats what is not there, or itself"),
        ("a: *b\n", "an alias repeats what is not there, or itself"),
        ("a: " + "[" * 200, "it is nested more than 150 levels deep"),
        ("a: " + "[" * 20_000, "it is nested more than 150 levels deep"),
        (
            "".join(f"{'abc'[n]}: &{n} {'[' * 90}{f'*{n - 1}' if n else ''}{']' * 90}\n" for n in range(3)),
            "it is nested more than 150 levels deep",
        ),
        ("a: {<<: 1}\n", "a merge key merges no mapping"),
        ("a: {[b]: 1}\n", "a key is no text"),
        ("a: {? {b: 1} : 1}\n", "a key is no text"),
        ("a: !!python/object/apply:os.system [x]\n", "it has a tag that Kubernetes does not know"),
        ("a: !!set {x}\n", "it has a tag that Kubernetes does not know"),
        ("a: b: c\n", "mapping values are not allowed in this context"),
        ("a: 'b\n", "found unexpected end of stream"),
        ("a: b\n\x00", "it holds characters that YAML does not allow"),
        ("a: \x1b\n", "it holds characters that YAML does not allow"),
        ("a: \ud800\n", "it holds characters that YAML does not allow"),
        ("a:\n\t- b\n", "found character that cannot start any token"),
        ("a: 1\u2028---\u2028b: 2\n", "it holds a second document"),
    ],
)
@pytest.mark.parametrize("canonical", [True, False])
def test_hostile_yaml_is_refused(text: str, reason: str, *, canonical: bool) -> None:
    with pytest.raises(Unreadable) as refused:
        compare("", f"{HEAD}---\n{HEAD}{text}", MANNER, canonical=canonical)

    assert refused.value.reason == reason
    assert str(refused.value).startswith("document 2, line ")
    assert refused.value.side == "head"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("metadata:\n  name: x\n", "it has no kind"),
        ("kind: {}\nmetadata:\n  name: x\n", "it has no kind"),
        ("kind: ConfigMap\n", "it has no name"),
        ("kind: ConfigMap\nmetadata: x\n", "it has no name"),
        ("kind: ConfigMap\nmetadata:\n  name: null\n", "it has no name"),
        ("- a\n", "it is no object of Kubernetes"),
        ("|\n a\n", "it is no object of Kubernetes"),
        ("kind: List\nitems:\n- a\n", "it is no object of Kubernetes"),
        ("kind: List\nitems:\n- {}\n", "it has no kind"),
        (
            "kind: List\nitems: [" + "{kind: List, items: [" * 5 + "{}" + "]}" * 5 + "]\n",
            "it holds lists of lists of lists",
        ),
    ],
)
def test_what_is_no_object_is_refused_by_number_and_line(text: str, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        compare(f"# remark\n---\n{HEAD}---\n{text}", "", MANNER, canonical=False)

    assert str(refused.value) == f"document 2, line 8: {reason}"
    assert (refused.value.side, refused.value.line) == ("base", 8)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1",
        "a: b\tc\n",
        "a: &x b\n",
        "a: *x\n",
        "a: !x b\n",
        "a: [b]\n",
        "a: {b: 1}\n",
        "a: 'b\n  c'\n",
        'a: "b"\n  c\n',
        "a: b\n  c: d\n",
        "a: b\n   # c\n",
        "a: b # c\n",
        "# a\na: b\n",
        "a: b\n\nc: d\n",
        "a: |2-\n   b\n",
        "a: |\n",
        "a: |\n  \n  b\n",
        "a: >\n  b\n",
        "a: 1\na: 2\n",
        "<<: 1\n",
        "? a\n",
        "a:\n   b: 1\n  c: 1\n",
        "- a\n",
        "a: 1\n- b\n",
        "a\n",
        "a:\n- b\nc\n",
        "a:\n-\n",
        'a: "\\q"\n',
        "a: b\u200b\n",
        "".join(f"{'  ' * depth}a:\n" for depth in range(60)),
        f"a:\n{'- ' * 60}b\n",
    ],
)
def test_what_is_not_plain_is_left_to_the_library(text: str) -> None:
    assert plain.read(text) is None


PLAIN = """\
a: 1
b:
c:
- x
- "on"
- - y
  - z
- d: 1
  e:
  - f
- |
  g

  h

"i": {}
j: []
k: |+

  l

m: "n\\to\\np"
q: 'it''s'
r: s t
  u v
w:
  x:y: http://z#0
"y":
  - deeper
"""


def test_plain_text_is_read_like_the_library_reads_it() -> None:
    text = PLAIN.replace("x:y", "xy").replace("'it''s'", "it's")

    assert plain.read(text) == events.read(text)


def test_a_tree_is_written_as_it_was_read() -> None:
    text = 'a: 1\nb: {}\nc:\n- d: []\n  e: |-\n    f\n\n    g\n- - h\n  - i\n- {}\n- |\n  j\n  k\nl: "on"\n'

    lines = [line for line, _ in rows(events.read(text), "", " ")]

    assert lines[0] == "a: 1"
    assert [line.removeprefix(" ") for line in lines] == text.rstrip("\n").split("\n")
