"""Directories of plain manifests, whatever a stranger makes of them."""

import pytest

from bot.core.diff import compare
from bot.core.manifests import Manner
from bot.core.overlays import Entry, Read
from bot.edge.renderer import plain
from bot.edge.renderer.complaint import Failed
from bot.edge.renderer.plain import File
from bot.edge.renderer.tree import Memory, Tree
from tests.trees import MadeFiles

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"


def test_the_files_of_a_directory_are_one_text() -> None:
    assert plain.rendered((File("a.yaml", CONFIG), File("b.yaml", CONFIG))) == f"{CONFIG}\n---\n{CONFIG}"


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("apiVersion: v1\nkind: [\n", "a.yaml:3: did not find expected node content", 3),
        ("apiVersion: v1\nkind: X\ndata: {password: hunter2\n", "a.yaml:4: did not find expected ',' or '}'", 4),
        ('"\\u006bind": hunter2: x\n', "a.yaml:1: mapping values are not allowed in this context", 1),
        ("!x [\n", "a.yaml:2: did not find expected node content", 2),
        ("a\0p\0i\0V\0", "a.yaml holds characters that YAML does not allow", 0),
        ("apiVersion, kind: \x01\n", "a.yaml holds characters that YAML does not allow", 0),
        ("apiVersion, kind: " + "[" * 100_000, "a.yaml nests deeper than 100 levels", 0),
        ("apiVersion, kind: " + "{a: " * 100_000, "a.yaml nests deeper than 100 levels", 0),
        ("- " * 100_000 + "apiVersion, kind", "a.yaml nests deeper than 100 levels", 0),
    ],
)
def test_what_is_no_yaml_or_nests_without_end_is_said_at_once_and_quotes_nothing(
    text: str, said: str, line: int
) -> None:
    with pytest.raises(Failed) as failed:
        plain.rendered((File("a.yaml", text),))

    assert (failed.value.message, failed.value.path, failed.value.line) == (said, "a.yaml", line)


HIDDEN = {
    "anchors": "&a apiVersion: rbac/v1\nkind: Role\n&m metadata: {name: evil}\n",
    "complex keys": "? apiVersion\n: rbac/v1\n? kind\n: Role\n? metadata\n: {name: evil}\n",
    "flow": '!!map {? "apiVersion" : rbac/v1, ? "kind" : Role, ? "metadata" : {name: evil}}\n',
    "tags": "!!str apiVersion: rbac/v1\n!!str kind: Role\n!!str metadata: {name: evil}\n",
    "escapes": '{"\\u0061piVersion": "rbac/v1", "\\u006bind": "Role", "\\x6detadata": {"name": "evil"}}\n',
    "binary": "!!binary YXBpVmVyc2lvbg==: rbac/v1\n!!binary a2luZA==: Role\n!!binary bWV0YWRhdGE=: {name: evil}\n",
    "aliases": "a: [&a apiVersion, &k kind, &m metadata]\n*a : rbac/v1\n*k : Role\n*m : {name: evil}\n",
    "merged": "<<: [&m {apiVersion: rbac/v1, kind: Role}, {<<: {metadata: {name: evil}}}]\n",
    "a document further down": "a: 1\n--- \n? apiVersion\n: rbac/v1\n? kind\n: Role\n? metadata\n: {name: evil}\n",
    "several lines": "? |-\n  apiVersion\n: rbac/v1\n? >-\n  kind\n: Role\n'metadata' : {name: evil}\n",
    "broken lines": '? "apiVer\\\n  sion"\n: rbac/v1\n? "ki\\\n  nd"\n: Role\n? "meta\\\n  data"\n: {name: evil}\n',
}


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_an_object_is_one_however_it_is_written(text: str) -> None:
    alone = tree_of({"d/a.yaml": text})

    shown = plain.rendered((File("a.yaml", text),))

    assert plain.is_manifest(alone, "d/a.yaml")
    assert shown == text


@pytest.mark.parametrize("name", [one for one in HIDDEN if "further down" not in one])
def test_an_object_is_told_however_it_is_written(name: str) -> None:
    text = plain.rendered((File("a.yaml", CONFIG), File("b.yaml", HIDDEN[name])))

    told = compare(CONFIG, text, Manner(b""), canonical=False)

    assert [(one.change, one.identity.kind, one.identity.name) for one in told] == [("added", "Role", "evil")]


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\n",
        "",
        "[apiVersion, kind, metadata]\n",
        "a: {apiVersion: v1, kind: X, metadata: {name: x}}\n",
        "apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\n",
        "? {apiVersion: v1, kind: x}\n: metadata\n",
        "!!binary '!': kind\n",
        "a: &a [*b]\n",
        "<<: &a {<<: [*a, 1]}\napiVersion: kind\n",
        "x: '{{ not: [yaml'\n{{ if }}\n",
    ],
)
def test_what_nobody_could_apply_is_passed_over(text: str) -> None:
    assert plain.rendered((File("a.yaml", CONFIG), File("b.yaml", text))) == CONFIG


def test_a_large_file_that_may_hold_objects_counts_until_it_is_read() -> None:
    odd = tree_of({"d/a.yaml": "a: " + "\\" * (1 << 19), "d/b.yaml": "a: " + "x" * (1 << 19), "d/c.yaml": "a: [\\"})

    assert [plain.is_manifest(odd, f"d/{name}.yaml") for name in "abc"] == [True, False, True]


def tree_of(files: dict[str, str]) -> Tree:
    """Return a commit's files."""
    made = MadeFiles()
    return Tree(made, Entry("directory", made.roots[made.commit(files)]), Memory())


def test_a_thousand_names_of_one_large_file_are_too_much() -> None:
    made = MadeFiles()
    root = made.roots[made.commit({"a.yaml": CONFIG + "#" * (3 << 20)})]
    tree = Tree(made, Entry("directory", root), Memory())
    entry = made.directory(root)["a.yaml"]

    with pytest.raises(Failed, match="more than 16 MB"):
        plain.files(tree, tuple(Read(f"{number}.yaml", entry) for number in range(1000)))


def test_a_file_that_is_too_large_is_named() -> None:
    made = MadeFiles()
    root = made.roots[made.commit({"a.yaml": CONFIG + "#" * (5 << 20)})]
    tree = Tree(made, Entry("directory", root), Memory())

    with pytest.raises(Failed, match=r"^a.yaml has more than 4 MB"):
        plain.files(tree, (Read("a.yaml", made.directory(root)["a.yaml"]), Read("gone.yaml", None)))
