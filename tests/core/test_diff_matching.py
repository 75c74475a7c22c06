"""Which object before is which object after."""

import pytest

from bot.core.diff import compare, matching
from bot.core.manifests import Identity, Manner
from bot.core.model import Ignored
from tests.renderings import MANNER, changed, one, same, yaml


def fates(before: str, after: str) -> list[tuple[str, str, str]]:
    """Return each object's fate, name and earlier name."""
    found = compare(yaml(before), yaml(after), MANNER, canonical=False)
    return [(each.change, each.identity.name, each.earlier_name) for each in found]


def config(name: str, *lines: str, kind: str = "ConfigMap", version: str = "v1") -> str:
    """Return an object with some lines of content."""
    data = "".join(f"  key-{number}: {line}\n" for number, line in enumerate(lines))
    return f"---\napiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}\ndata:\n{data}  is: '{name}'\n"


def test_a_version_of_the_api_is_no_part_of_an_identity() -> None:
    told = one(
        "{apiVersion: apps/v1beta1, kind: X, metadata: {name: a}}",
        "{apiVersion: apps/v1, kind: X, metadata: {name: a}}",
    )

    assert told.identity == Identity("apps", "X", "", "a")
    assert changed(told) == ["-apiVersion: apps/v1beta1", "+apiVersion: apps/v1"]


def test_another_group_is_another_object() -> None:
    found = fates(
        "{apiVersion: extensions/v1, kind: X, metadata: {name: a}}",
        "{apiVersion: apps/v1, kind: X, metadata: {name: a}}",
    )

    assert found == [("added", "a", ""), ("removed", "a", "")]


def test_objects_come_by_kind_namespace_and_name() -> None:
    after = "".join(
        f"---\nkind: {kind}\nmetadata: {{name: {name}, namespace: {space}}}\n"
        for kind, space, name in (("B", "x", "b"), ("B", "x", "a"), ("B", "w", "z"), ("A", "y", "c"))
    )

    assert [name for _, name, _ in fates("", after)] == ["c", "z", "a", "b"]


def test_lists_are_taken_apart() -> None:
    before = "{kind: List, apiVersion: v1, items: [{kind: A, metadata: {name: a}}, null]}"
    after = "{kind: A, metadata: {name: a}}"

    assert same(before, after)


def test_a_typed_list_lends_its_kind() -> None:
    before = "{kind: RoleList, apiVersion: rbac/v1, items: [{metadata: {name: a}}]}"
    after = "{kind: Role, apiVersion: rbac/v1, metadata: {name: a}}"

    assert same(before, after)


def test_what_is_called_a_list_but_has_a_name_is_none() -> None:
    assert fates("", "{kind: AllowList, metadata: {name: a}, items: [b]}") == [("added", "a", "")]
    assert fates("", "{kind: AllowList, metadata: {name: a}, items: []}") == [("added", "a", "")]
    assert fates("", "{kind: Menu, metadata: {name: a}, items: [{kind: X}, b]}") == [("added", "a", "")]


@pytest.mark.parametrize("kind", ["List", "Bundle", "RoleList"])
def test_items_that_are_objects_make_a_list_whatever_it_is_called(kind: str) -> None:
    before = f"{{kind: {kind}, metadata: {{name: x}}, items: [{{kind: A, metadata: {{name: a}}}}]}}"

    assert fates(before, "") == [("removed", "a", "")]


def test_a_name_to_be_generated_is_a_name() -> None:
    assert fates("", "{kind: Job, metadata: {generateName: a-}}") == [("added", "a-", "")]


def test_what_is_there_twice_is_kept_apart() -> None:
    first, second = config("x", "a", "b"), config("x", "c", "d")

    assert same(first + second, second.replace("is: 'x'", "is: x") + first)
    assert fates(first + second, first) == [("removed", "x", "")]
    assert fates(first, first + first) == [("added", "x", "")]
    assert fates(first + second, config("x", "e") + config("x", "f")) == [("changed", "x", ""), ("changed", "x", "")]


def test_the_second_definition_of_an_object_is_no_deletion() -> None:
    first, second = config("x", "a"), config("x", "b")

    assert one(first + second, first).dangers == ()
    assert one(first + second, first.replace(": a", ": 'a'")).dangers == ()
    assert one(first + second + "---\n[\n", first + "---\n[\n").dangers == ()
    assert one(first + config("y", "b"), first).dangers != ()


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_a_generated_name_is_matched_with_its_predecessor(kind: str) -> None:
    found = fates(config("x-2456789bcd", "a", kind=kind), config("x-bcdfghkmt2", "wholly", "other", kind=kind))

    assert found == [("changed", "x-bcdfghkmt2", "x-2456789bcd")]


def test_of_several_variants_the_most_alike_go_together() -> None:
    before = config("x-2456789bcd", "a", "b", "c") + config("x-4456789bcd", "d", "e", "f")
    after = config("x-bcdfghkmt2", "d", "e", "g") + config("x-ccdfghkmt2", "a", "b", "h") + config("x-dcdfghkmt2", "i")

    assert fates(before, after) == [
        ("changed", "x-bcdfghkmt2", "x-4456789bcd"),
        ("changed", "x-ccdfghkmt2", "x-2456789bcd"),
        ("added", "x-dcdfghkmt2", ""),
    ]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("x-2456789bcd", "y-2456789bcd", "ConfigMap"),  # another name
        ("x-2456789bc0", "x-2456789bc1", "ConfigMap"),  # no hash
        ("x-2456789bcd", "x-bcdfghkmt2", "Role"),  # nobody generates those
    ],
)
def test_what_is_not_generated_needs_to_be_alike(before: str, after: str, kind: str) -> None:
    assert fates(config(before, "a", kind=kind), config(after, "b", kind=kind)) == [
        *sorted((("removed", before, ""), ("added", after, "")), key=lambda fate: fate[1])
    ]


def test_a_generated_object_under_another_stem_is_renamed() -> None:
    lines = ["a", "b", "c", "d", "e"]

    assert fates(config("x-2456789bcd", *lines), config("y-2456789bcd", *lines)) == [
        ("renamed", "y-2456789bcd", "x-2456789bcd")
    ]


def test_nearly_the_same_under_another_name_is_renamed() -> None:
    lines = ["a", "b", "c", "d", "e", "f"]

    assert fates(config("web", *lines), config("shop", *lines[:5], "g")) == [("renamed", "shop", "web")]
    assert fates(config("web", *lines), config("shop", *lines[:3], "g", "h", "i")) == [
        ("added", "shop", ""),
        ("removed", "web", ""),
    ]


def test_objects_of_very_different_sizes_are_not_held_against_each_other() -> None:
    lines = [f"line {number}" for number in range(30)]

    found = fates(config("old", *lines[:6]), config("new", *lines))

    assert found == [("added", "new", ""), ("removed", "old", "")]


def test_too_little_content_proves_nothing() -> None:
    account = "{kind: ServiceAccount, apiVersion: v1, metadata: {name: %s, labels: {app: %s}}}"

    assert fates(account % ("a", "a"), account % ("b", "b")) == [("removed", "a", ""), ("added", "b", "")]


def test_of_many_objects_only_equal_ones_are_renamed() -> None:
    before = "".join(config(f"a-{n}", *(f"v{n}-{m}" for m in range(6))) for n in range(50))
    after = "".join(
        config(f"b-{n}", *(f"v{n}-{m}" for m in range(6 if n % 2 else 5)), *["x"][n % 2 :]) for n in range(50)
    )

    found = fates(before, after)

    assert sorted(found)[:25] == sorted(("added", f"b-{n}", "") for n in range(0, 50, 2))
    assert sorted(fate for fate in found if fate[0] == "renamed") == sorted(
        ("renamed", f"b-{n}", f"a-{n}") for n in range(1, 50, 2)
    )


def test_of_very_many_objects_none_is_renamed(monkeypatch: pytest.MonkeyPatch) -> None:
    before = "".join(config(f"a-{n}", *"abcdef", kind=kind) for kind in "AB" for n in range(3))
    after = before.replace("name: a-", "name: b-").replace("'a-", "'b-")

    def renamed(**bounds: int) -> int:
        for name, most in bounds.items():
            monkeypatch.setattr(matching, name, most)
        return sum(change == "renamed" for change, _, _ in fates(before, after))

    assert [renamed(), renamed(MOST_READ=11), renamed(MOST_KIN=5)] == [6, 3, 0]


@pytest.mark.slow
def test_thousands_of_renamed_objects_are_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    before = "".join(config(f"a-{n}", "a", "b") for n in range(2_000))
    monkeypatch.setattr(matching, "rows", lambda _: pytest.fail("all of it is read"))

    assert len(fates(before, before.replace("name: a-", "name: b-"))) == 4_000


USER = """
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      configMap: x-2456789bcd
      url: http://x-2456789bcd.local
    """


def test_an_object_that_only_follows_a_generated_name_says_so() -> None:
    before, after = config("x-2456789bcd", "a"), config("x-bcdfghkmt2", "b")
    later = USER.replace("configMap: x-2456789bcd", "configMap: x-bcdfghkmt2")

    follows, more = (
        {
            each.identity.kind: each.follows
            for each in compare(yaml(USER) + before, yaml(text) + after, MANNER, canonical=False)
        }
        for text in (
            later,
            later.replace("web", "web, labels: {a: b}")
            .replace("name: web,", "name: web\n      labels:")
            .replace("labels: labels: {a: b}", "labels: {a: b}"),
        )
    )

    assert follows == {"ConfigMap": False, "Deployment": True}
    assert more == {"ConfigMap": False, "Deployment": False}


def test_ignored_fields_are_not_compared() -> None:
    before = (
        "{kind: Deployment, metadata: {name: x, annotations: {checksum/a.b: c}}, spec: {x: [{name: a, b: c}, [d, e]]}}"
    )
    after = (
        "{kind: Deployment, metadata: {name: x, annotations: {checksum/a.b: f}}, spec: {x: [{name: a}, [d, g]], z: 1}}"
    )
    globs = ["metadata.annotations.checksum/*", "spec.x.a.b", "spec.x.1.1", "spec.z"]

    def manner(kind: str, *paths: str) -> Manner:
        return Manner(b"", ignore=tuple(Ignored(kind, path) for path in paths))

    assert same(before, after, manner("Deploy*", *globs))
    assert not same(before, after, manner("Stateful*", *globs))
    assert changed(one(before, after, manner("*", *globs[1:]))) == ["-    checksum/a.b: c", "+    checksum/a.b: f"]
    assert same(before, after, manner("*", "*"))
    assert changed(one("", after, manner("*", "*"))) == ["+kind: Deployment", "+metadata:", "+  name: x"]
