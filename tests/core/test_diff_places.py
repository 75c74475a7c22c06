"""Where a changed object is written, for remarks on its lines."""

from dataclasses import replace

import pytest

from bot.core.diff.places import placed
from bot.core.manifests import Identity, ImageChange, ManifestDiff, ObjectDiff, OverlayDiff

WEB = ObjectDiff(Identity("apps", "Deployment", "shop", "web"), "changed", (), 1, 1)


def place(texts: dict[str, str], one: ObjectDiff = WEB, *, overlay: str = "overlays/web") -> tuple[str, int]:
    """Return where an object is found in these files."""
    diff = ManifestDiff("b", "h", (OverlayDiff(overlay, "kustomize", "changed", (one,)),), 1, ())
    found = placed(diff, texts).overlays[0].objects[0]
    return found.path, found.line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("kind: Deployment\nmetadata:\n  name: web\n", 3),
        ("metadata:\n  labels: {a: b}\n  name: 'web'\nkind: Deployment\n", 3),
        ("kind: Deployment\nmetadata: {labels: {a: b}, name: web}\n", 0),
        ("kind: Deployment\nmetadata: {name: web, namespace: shop}\n", 2),
        ("kind: Service\nmetadata:\n  name: web\n---\nkind: Deployment\nmetadata:\n  name: web\n", 7),
        ("kind: Deployment\n---\nmetadata:\n  name: web\n", 0),
        ("kind: Deployment\nmetadata:\n  name: api\nspec:\n  name: web\n", 0),
        ("kind: Deployment\nspec:\n  name: web\nmetadata:\n  name: web\n", 5),
        ("# kind: Deployment\nmetadata:\n  name: web\n", 0),
        ("- kind: Deployment\n", 0),
        ("", 0),
    ],
)
def test_an_object_is_found_by_its_kind_and_name(text: str, line: int) -> None:
    assert place({"base/web.yaml": text}) == (("base/web.yaml", line) if line else ("", 0))


def test_one_file_says_nothing_of_the_next() -> None:
    assert place({"a.yaml": "kind: Deployment\n", "b.yaml": "metadata:\n  name: web\n"}) == ("", 0)


def test_a_generated_name_is_found_without_its_hash() -> None:
    config = replace(WEB, identity=Identity("", "ConfigMap", "", "env-5h4tk8m2c7"))

    found = place({"a.yaml": "kind: ConfigMap\nmetadata:\n  name: env\n"}, config)

    assert found == ("a.yaml", 3)


def test_a_new_tag_is_found_in_the_overlay_that_sets_it() -> None:
    newer = replace(WEB, images=(ImageChange("web", "v1", "v2"), ImageChange("old", "v1", None)))
    tag = 'images:\n- name: web\n  newTag: "v2"\n'
    texts = {"overlays/api/kustomization.yaml": tag, "overlays/web/kustomization.yaml": tag}

    found = [place(texts, newer, overlay=name) for name in ("overlays/web", "overlays/web (blue)", ".", "overlays/w")]

    assert found == [
        ("overlays/web/kustomization.yaml", 3),
        ("overlays/web/kustomization.yaml", 3),
        ("overlays/api/kustomization.yaml", 3),
        ("", 0),
    ]
