"""Which images change."""

import pytest

from bot.core.diff.images import found, parted
from bot.core.manifests import ImageChange
from tests.renderings import MANNER, one


@pytest.mark.parametrize(
    ("image", "name", "tag"),
    [
        ("web", "web", ""),
        ("web:v1", "web", "v1"),
        ("ghcr.io/acme/web:v1", "ghcr.io/acme/web", "v1"),
        ("host:5000/web", "host:5000/web", ""),
        ("host:5000/web:v1", "host:5000/web", "v1"),
        ("host:5000/web@sha256:ab", "host:5000/web", "sha256:ab"),
        ("web:v1@sha256:ab", "web", "v1@sha256:ab"),
    ],
)
def test_an_image_has_a_name_and_a_tag(image: str, name: str, tag: str) -> None:
    assert parted(image) == (name, tag)


SCRIPT = "a\n\n  b"


def workload(kind: str, containers: str) -> str:
    """Return an object that describes a pod somewhere."""
    pod = f"{{{containers}}}"
    specs = {
        "Pod": pod,
        "Deployment": f"{{template: {{metadata: {{}}, spec: {pod}}}}}",
        "CronJob": f"{{jobTemplate: {{spec: {{template: {{spec: {pod}}}}}}}}}",
        "Stranger": f"{{script: '{SCRIPT}', roles: [x, {{pods: [[{pod}]]}}]}}",
    }
    return f"{{apiVersion: v1, kind: {kind}, metadata: {{name: x}}, spec: {specs[kind]}}}"


@pytest.mark.parametrize("kind", ["Pod", "Deployment", "CronJob", "Stranger"])
@pytest.mark.parametrize("place", ["containers", "initContainers", "ephemeralContainers"])
def test_an_image_is_found_wherever_pods_are_described(kind: str, place: str) -> None:
    before = workload(kind, f"{place}: [{{name: a, image: 'web:v1'}}, b]")

    assert one(before, before.replace("v1'", "v2'")).images == (ImageChange("web", "v1", "v2"),)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("{name: a, image: w}", "{name: a, image: 'w:v1'}", [("w", "", "v1")]),
        ("{name: a, image: 'w:1'}", "{name: a, image: 'x:1'}", [("w", "1", None), ("x", None, "1")]),
        ("{name: a, image: 'w:1'}", "{name: b, image: 'w:1'}", []),
        ("{name: a, image: 'w:1'}", "{name: a, image: 'w:1'}, {name: b, image: 'w:1'}", []),
        ("{name: a, image: 'w:1'}, {name: b, image: x}", "{name: b, image: x}", [("w", "1", None)]),
        ("{name: a, image: 'w:1'}", "{name: a}", [("w", "1", None)]),
        ("{name: a, image: null}", "{name: a, image: 'w:1'}", [("w", None, "1")]),
        ("{name: a, image: [w]}", "{name: a, image: {w: x}}", []),
        (
            "{name: a, image: 'w:1'}, {name: b, image: 'w:1'}",
            "{name: b, image: 'w:2'}, {name: a, image: 'w:2'}",
            [("w", "1", "2")],
        ),
        ("{name: a, image_TOKEN: 'w:1'}", "{name: a, image_TOKEN: 'w:2'}", []),
    ],
)
def test_a_container_is_held_against_the_one_of_its_name(
    before: str, after: str, told: list[tuple[str, str | None, str | None]]
) -> None:
    told_of = one(workload("Pod", f"containers: [{before}], x: 1"), workload("Pod", f"containers: [{after}], x: 2"))

    assert told_of.images == tuple(ImageChange(*each) for each in told)


def test_a_hidden_image_is_not_told() -> None:
    manner = MANNER.__class__(b"", redact=("image",))
    before = workload("Pod", "containers: [{name: a, image: 'web:v1'}]")

    assert one(before, before.replace("v1", "v2"), manner).images == ()


def test_a_mere_word_describes_no_pod() -> None:
    assert list(found("containers")) == []
