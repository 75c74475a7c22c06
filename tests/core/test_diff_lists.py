"""Lists in which order says nothing, and lists in which it does; and which items go together."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.diff.sequence import CHEAP, pairs
from tests.renderings import changed, one, same

POD = "{apiVersion: v1, kind: Pod, metadata: {name: x}, spec: %s}"
CONTAINER = POD % "{containers: [{name: a, %s}]}"


@pytest.mark.parametrize(
    ("frame", "before", "after"),
    [
        (POD, "{containers: [{name: a}, {name: b}]}", "{containers: [{name: b}, {name: a}]}"),
        (POD, "{containers: [], volumes: [{name: a}, {name: b}]}", "{containers: [], volumes: [{name: b}, {name: a}]}"),
        (
            POD,
            "{x: {containers: [], hostAliases: [{ip: a}, {ip: b}]}}",
            "{x: {containers: [], hostAliases: [{ip: b}, {ip: a}]}}",
        ),
        (CONTAINER, "env: [{name: A, value: x}, {name: B}]", "env: [{name: B}, {name: A, value: x}]"),
        (
            CONTAINER,
            "volumeMounts: [{mountPath: /a}, {mountPath: /b}]",
            "volumeMounts: [{mountPath: /b}, {mountPath: /a}]",
        ),
        (
            CONTAINER,
            "ports: [{containerPort: 1}, {containerPort: 1, protocol: UDP}]",
            "ports: [{containerPort: 1, protocol: UDP}, {containerPort: 1}]",
        ),
        ("{kind: Service, metadata: {name: x}, spec: {ports: %s}}", "[{port: 1}, {port: 2}]", "[{port: 2}, {port: 1}]"),
        (
            "{kind: ServiceAccount, metadata: {name: x}, secrets: %s}",
            "[{name: a}, {name: b}]",
            "[{name: b}, {name: a}]",
        ),
        (
            "{kind: ValidatingWebhookConfiguration, metadata: {name: x}, webhooks: %s}",
            "[{name: a}, {name: b}]",
            "[{name: b}, {name: a}]",
        ),
        ("{kind: X, metadata: {name: x, ownerReferences: %s}}", "[{uid: a}, {uid: b}]", "[{uid: b}, {uid: a}]"),
    ],
)
def test_order_without_a_meaning_is_no_difference(frame: str, before: str, after: str) -> None:
    assert same(frame % before, frame % after)


@pytest.mark.parametrize(
    ("frame", "before", "after"),
    [
        (
            POD,
            "{initContainers: [{name: a}, {name: b}], containers: []}",
            "{initContainers: [{name: b}, {name: a}], containers: []}",
        ),
        (CONTAINER, "args: [a, b]", "args: [b, a]"),
        (CONTAINER, "command: [a, b]", "command: [b, a]"),
        (CONTAINER, "envFrom: [{prefix: a}, {prefix: b}]", "envFrom: [{prefix: b}, {prefix: a}]"),
        (
            CONTAINER,
            "env: [{name: A, value: x}, {name: B, value: $(A)}]",
            "env: [{name: B, value: $(A)}, {name: A, value: x}]",
        ),
        (
            CONTAINER,
            "env: [{name: A, value: x}, {name: A, value: y}]",
            "env: [{name: A, value: y}, {name: A, value: x}]",
        ),
        (CONTAINER, "env: [{name: A}, {}]", "env: [{}, {name: A}]"),
        (CONTAINER, "env: [{name: A}, b]", "env: [b, {name: A}]"),
        (POD, "{volumes: [{name: a}, {name: b}]}", "{volumes: [{name: b}, {name: a}]}"),
        (
            "{kind: MutatingWebhookConfiguration, metadata: {name: x}, webhooks: %s}",
            "[{name: a}, {name: b}]",
            "[{name: b}, {name: a}]",
        ),
        (
            "{kind: Role, metadata: {name: x}, rules: %s}",
            "[{verbs: [a]}, {verbs: [b]}]",
            "[{verbs: [b]}, {verbs: [a]}]",
        ),
    ],
)
def test_order_with_a_meaning_is_a_difference(frame: str, before: str, after: str) -> None:
    assert not same(frame % before, frame % after)


def test_a_change_among_reordered_items_is_all_that_is_told() -> None:
    told = one(
        POD % "{containers: [{name: a, image: 'x:1'}, {name: gone}, {name: b, args: [c]}, {name: last}]}",
        POD % "{containers: [{name: new}, {name: b, args: [c]}, {name: a, image: 'x:2'}]}",
    )

    assert changed(told) == [
        "+  - name: new",
        "-  - name: last",
        "-  - image: x:1",
        "+  - image: x:2",
        "-  - name: gone",
    ]


def test_items_that_keep_their_order_are_held_against_their_namesakes() -> None:
    told = one(
        POD % "{x: [{name: a, b: 1}, {name: c, d: 1}, {e: 1, f: 1}, [1, 2], g]}",
        POD % "{x: [{name: c, d: 2}, {e: 2, f: 1}, [1, 3], h]}",
    )

    assert changed(told) == [
        "-  - b: 1",
        "-    name: a",
        "-  - d: 1",
        "+  - d: 2",
        "-  - e: 1",
        "+  - e: 2",
        "-    - 2",
        "-  - g",
        "+    - 3",
        "+  - h",
    ]


def test_an_item_that_was_empty_is_replaced() -> None:
    told = one(POD % "{x: [{}, []]}", POD % "{x: [{a: b}, [c]]}")

    assert changed(told) == ["-  - {}", "-  - []", "+  - a: b", "+  - - c"]


def test_a_dash_moves_with_the_first_key() -> None:
    told = one(
        POD % "{x: [{b: [1], c: 2}, {b: {d: 1}}, {b: z}]}",
        POD % "{x: [{a: 0, b: [1], c: 2}, {a: 0, b: {d: 1}}, {a: 0, b: z}]}",
    )

    assert changed(told) == [
        "-  - b:",
        "+  - a: 0",
        "+    b:",
        "-  - b:",
        "+  - a: 0",
        "+    b:",
        "-  - b: z",
        "+  - a: 0",
        "+    b: z",
    ]


def test_blocks_are_compared_line_by_line() -> None:
    told = one(
        "kind: X\nmetadata: {name: x}\na: |\n  b\n\n  c\n  d\ne: |\n  f\n",
        "kind: X\nmetadata: {name: x}\na: |-\n  b\n\n  C\n  d\ne: g\n",
    )

    assert changed(told) == ["-a: |", "+a: |-", "-  c", "+  C", "-e: |", "-  f", "+e: g"]
    assert " " in told.hunks[0].lines


def test_each_line_knows_where_it_belongs() -> None:
    (hunk,) = one(
        CONTAINER % "env: [{name: A, value: x}]",
        CONTAINER % 'env: [{name: A, value: y}], args: [z], t: "u\\nv"',
    ).hunks

    assert dict(zip(hunk.lines, hunk.where, strict=True)) == {
        "   name: x": "metadata",
        " spec:": "",
        "   containers:": "spec",
        "-  - env:": "spec.containers.a",
        "+  - args:": "spec.containers.a",
        "+    - z": "spec.containers.a.args",
        "+    env:": "spec.containers.a",
        "     - name: A": "spec.containers.a.env.A",
        "-      value: x": "spec.containers.a.env.A",
        "+      value: y": "spec.containers.a.env.A",
        "     name: a": "spec.containers.a",
        "+    t: |-": "spec.containers.a.t",
        "+      u": "spec.containers.a.t",
        "+      v": "spec.containers.a.t",
    }


def longest(before: str, after: str) -> int:
    """Return the length of the longest common run, by trying all."""
    runs = {each for size in range(len(before) + 1) for each in combinations(before, size)}
    return max(len(run) for run in runs if run in set(combinations(after, len(run))))


@pytest.mark.slow
@given(st.text("abc", max_size=7), st.text("abc", max_size=7))
def test_short_sequences_are_matched_as_well_as_can_be(before: str, after: str) -> None:
    found = pairs(before, after)

    assert all(before[one] == after[other] for one, other in found)
    assert found == sorted(found)
    assert len({one for one, _ in found}) == len({other for _, other in found}) == len(found) == longest(before, after)


def test_what_is_new_before_a_match_is_passed_over() -> None:
    assert [len(pairs(*both)) for both in (("abcbdab", "bdcaba"), ("bdcaba", "abcbdab"))] == [4, 4]


def test_long_sequences_are_matched_by_what_stands_in_them_once() -> None:
    before = [*(f"line {number}" for number in range(300)), *"}" * 300]
    after = ["new", *(f"line {number}" for number in range(300) if number % 7), "}", "new", *"}" * 300]

    found = pairs(before, after)

    assert len(before) * len(after) > CHEAP
    assert len(found) == 300 - 43 + 300


def test_long_sequences_without_a_hold_are_replaced() -> None:
    before, after = "ab" * 300 + "x", "y" + "ba" * 300

    found = pairs(before, after)

    assert found == []


def nested(level: int, filler: str) -> list[str]:
    """Return a sequence in which each level's mark stands once, but only between two marks of the level above."""
    return [*nested(level - 1, filler), str(level), *nested(level - 1, filler)] if level else list(filler)


def test_the_search_for_a_hold_ends() -> None:
    before, after = nested(7, "x" + "ab" * 60), nested(7, "y" + "ba" * 60)

    found = pairs(before, after)

    assert [before[one] for one, _ in found] == [mark for mark in before if mark in set("765432")]


def test_items_that_change_places_are_matched_in_one_order() -> None:
    before = list(range(400))
    after = [*range(200, 400), *range(200)]

    found = pairs(before, after)

    assert found == [(200 + number, number) for number in range(200)]
