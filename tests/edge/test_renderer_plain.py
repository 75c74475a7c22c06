"""Directories of plain manifests, whatever a stranger makes of them."""

import pytest

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
        ("kind: [\n", "a.yaml:2: did not find expected node content", 2),
        ("kind: ConfigMap\ndata: {password: hunter2\n", "a.yaml:3: did not find expected ',' or '}'", 3),
        ("kind: \x01\n", "a.yaml holds characters that YAML does not allow", 0),
        ("kind: " + "[" * 100_000, "a.yaml nests deeper than 100 levels", 0),
        ("kind: " + "{a: " * 100_000, "a.yaml nests deeper than 100 levels", 0),
        ("- " * 100_000, "a.yaml nests deeper than 100 levels", 0),
    ],
)
def test_what_is_no_yaml_or_nests_without_end_is_said_at_once_and_quotes_nothing(
    text: str, said: str, line: int
) -> None:
    with pytest.raises(Failed) as failed:
        plain.rendered((File("a.yaml", text),))

    assert (failed.value.message, failed.value.path, failed.value.line) == (said, "a.yaml", line)


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
