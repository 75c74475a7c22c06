"""What holds for any two renderings."""

import contextlib
from collections.abc import Iterable
from itertools import product
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.core.diff import Unreadable, compare
from bot.core.diff.documents import split
from bot.core.diff.hunks import cut
from bot.core.diff.objects import read
from bot.core.diff.tree import Tree, rows
from bot.core.diff.veil import Veil
from bot.core.diff.weave import weave
from bot.core.manifests import Hunk, Manner

MANNER = Manner(b"a key", redact=("*_TOKEN", "password"))

words = st.text("abc:-#\"' {}[],&*!|>%@`\\\n\t0159.ox_~é\u200b", max_size=8)
leaves = st.one_of(words, st.integers(-3, 3), st.booleans(), st.none(), st.floats(allow_nan=False), st.dates())
keys = st.one_of(
    st.sampled_from(["name", "value", "image", "containers", "env", "ports", "port", "a", "on", "=", "<<", "1"]), words
)
trees: st.SearchStrategy[Any] = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=12,
)


@st.composite
def manifests(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return objects, some with one identity."""
    kinds = st.sampled_from(["ConfigMap", "Secret", "Deployment", "Role", "PersistentVolumeClaim", "StatefulSet"])
    names = st.sampled_from(["web", "db", "cfg-2456789bcd", "cfg-bcdfghkmt2"])
    return [
        {
            "apiVersion": draw(st.sampled_from(["v1", "apps/v1", "rbac.authorization.k8s.io/v1"])),
            "kind": draw(kinds),
            "metadata": {"name": draw(names)},
            draw(st.sampled_from(["spec", "data", "rules", "stringData"])): draw(trees),
            "spec": draw(trees),
        }
        for _ in range(draw(st.integers(0, 3)))
    ]


def dumped(objects: list[dict[str, Any]]) -> str:
    """Write objects as some tool might."""
    return yaml.safe_dump_all(objects, allow_unicode=True)


def applied(hunks: Iterable[Hunk], before: list[str]) -> list[str]:
    """Apply hunks to a text's lines, as `patch` would, without any fuzz."""
    found: list[str] = []
    at = 0
    for hunk in hunks:
        start = max(hunk.before - 1, 0)
        old = [line[1:] for line in hunk.lines if line[0] != "+"]
        found += before[at:start]
        assert before[start : start + len(old)] == old
        assert hunk.after == (len(found) + 1 if any(line[0] != "-" for line in hunk.lines) else 0)
        found += [line[1:] for line in hunk.lines if line[0] != "-"]
        at = start + len(old)
    return found + before[at:]


def trees_of(objects: list[dict[str, Any]]) -> list[dict[str, Tree]]:
    """Return what is left of each object behind the veil."""
    return [Veil(MANNER).over(one).tree for one in read(split(dumped(objects)), "base", canonical=False)]


@pytest.mark.slow
@given(manifests(), manifests())
def test_the_hunks_lead_from_one_text_to_the_other(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    for old, new in product([*trees_of(before), {}], [*trees_of(after), {}]):
        woven = weave("Service", old, new) if old or new else []
        earlier, later = ([line[1:] for line, _ in woven if line[0] != sign] for sign in "+-")

        reached = applied(cut(woven), earlier)

        assert reached == later == [line[1:] for line, _ in rows(new) if new]
        assert sorted(earlier) == sorted(line[1:] for line, _ in rows(old) if old)


@pytest.mark.slow
@given(manifests(), st.randoms(use_true_random=False))
def test_order_of_objects_and_keys_is_no_difference(objects: list[dict[str, Any]], random: Any) -> None:
    def shuffled(tree: Any) -> Any:
        if isinstance(tree, dict):
            items = [(key, shuffled(value)) for key, value in tree.items()]
            random.shuffle(items)
            return dict(items)
        return [shuffled(each) for each in tree] if isinstance(tree, list) else tree

    after = [shuffled(each) for each in objects]
    random.shuffle(after)

    found = compare(dumped(objects), yaml.safe_dump_all(after, sort_keys=False), MANNER, canonical=False)

    assert found == ()


@pytest.mark.slow
@given(st.one_of(st.text(), st.text("ab:-\n {}[]&*!|>'\"#%<\t\r?,.0"), manifests().map(dumped)), st.booleans())
def test_nothing_is_raised_but_unreadable(text: str, canonical: bool) -> None:  # noqa: FBT001
    head = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\n"

    for after in (text, head + text, f"{head}data:\n  a: {text}", f"- {text}", f"--- {text}"):
        with contextlib.suppress(Unreadable):
            compare(head, after, MANNER, canonical=canonical)
