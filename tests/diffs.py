"""Manifest diffs with the dull parts filled in, as a rendering and its comparison would bring them."""

from dataclasses import replace
from typing import Any

from bot.core.manifests import (
    Danger,
    Difference,
    Failure,
    Hunk,
    Identity,
    ImageChange,
    ManifestDiff,
    ObjectDiff,
    OverlayDiff,
    Reviewed,
)

BASE, HEAD = "b" * 40, "a" * 40
LINK = f"https://tierkeeper.acme.test/diffs/acme/shop/12/{BASE}...{HEAD}?installation=5&expires=1800000000&signature=s"
WEB = Identity("apps", "Deployment", "shop", "web")
KUSTOMIZE = "kustomize 5.6.0 (kubectl 1.33.9)"


def hunk(*lines: str, before: int = 1, after: int = 1) -> Hunk:
    """Return a hunk that starts at those lines."""
    return Hunk(before, after, lines)


def touched(*lines: str, identity: Identity = WEB, **changes: Any) -> ObjectDiff:
    """Return a changed object of one hunk, counted."""
    added, removed = (sum(line.startswith(sign) for line in lines) for sign in "+-")
    hunks = (hunk(*lines),) if lines else ()
    return replace(ObjectDiff(identity, "changed", hunks, added, removed), **changes)


def made(*lines: str, identity: Identity, **changes: Any) -> ObjectDiff:
    """Return an object that was not there before."""
    rows = tuple(f"+{line}" for line in lines)
    return replace(touched(*rows, identity=identity), change="added", hunks=(Hunk(0, 1, rows),), **changes)


def gone(*lines: str, identity: Identity, **changes: Any) -> ObjectDiff:
    """Return an object that is deleted."""
    rows = tuple(f"-{line}" for line in lines)
    danger = Danger("deletion", f"the {identity.kind} is deleted")
    one = replace(touched(*rows, identity=identity), change="removed", hunks=(Hunk(1, 0, rows),), dangers=(danger,))
    return replace(one, **changes)


def raised(name: str = "web", before: str = "v41", after: str = "v42") -> ObjectDiff:
    """Return a Deployment whose image is raised."""
    image = f"ghcr.io/acme/{name}"
    lines = (
        "     spec:",
        "       containers:",
        f"-      - image: {image}:{before}",
        f"+      - image: {image}:{after}",
    )
    where = {"path": f"apps/{name}/deployment.yaml", "line": 12}
    one = touched(*lines, identity=replace(WEB, name=name), images=(ImageChange(image, before, after),), **where)
    return replace(one, hunks=(Hunk(10, 10, lines),))


def overlay(*objects: ObjectDiff, name: str = "apps/web/overlays/tokyo", **changes: Any) -> OverlayDiff:
    """Return what happens to an overlay of kustomize's."""
    command = f"kubectl kustomize {name}"
    return replace(OverlayDiff(name, "kustomize", "changed", objects, command=command), **changes)


def diff(*overlays: OverlayDiff, **changes: Any) -> ManifestDiff:
    """Return the diff of a pull request."""
    return replace(ManifestDiff(BASE, HEAD, overlays, max(40, len(overlays)), (KUSTOMIZE,)), **changes)


def follower(name: str = "web", **changes: Any) -> ObjectDiff:
    """Return a Deployment that only follows the generated name of its ConfigMap."""
    lines = ("-  configMap: x-2456789bcd", "+  configMap: x-bcdfghkmt2")
    return touched(*lines, identity=replace(WEB, name=name), follows=True, **changes)


def crowded() -> ManifestDiff:
    """Return three hundred changed Secrets, and behind them a namespace that is deleted."""
    secrets = (
        touched(
            "+a",
            identity=Identity("", "Secret", "shop", f"s-{number}"),
            dangers=(Danger("secret", f"the key `{number}` changes"),),
            path=f"{number}.yaml",
        )
        for number in range(300)
    )
    danger = Danger("namespace", "it is deleted, and everything in it")
    last = gone("a", identity=Identity("", "Namespace", "", "old"), dangers=(danger,), path="old.yaml")
    return diff(overlay(*secrets, last))


def broken(message: str = "Error: no such file", **changes: Any) -> Failure:
    """Return a rendering of the head that did not come about."""
    return replace(Failure("head", message), **changes)


def reviewed(*differences: Difference, unknown: tuple[str, ...] = (), reason: str = "") -> Reviewed:
    """Return how a promotion compares with pull request 12 in tier-0."""
    return Reviewed("tier-0", 12, differences, unknown, reason)


SHOP = diff(
    overlay(
        raised(),
        made(
            "apiVersion: v1",
            "kind: ConfigMap",
            "data:",
            "  a: b",
            identity=Identity("", "ConfigMap", "shop", "feature"),
        ),
        name="apps/web/overlays/osaka",
    ),
    overlay(raised(), touched("-  port: 80", "+  port: 8080", identity=Identity("", "Service", "shop", "web"))),
    overlay(
        gone("apiVersion: v1", "kind: Namespace", identity=Identity("", "Namespace", "", "old")),
        touched(
            " data:",
            "-  password: sha256-of-secret 5d41c0",
            "+  password: sha256-of-secret 7b5200",
            identity=Identity("", "Secret", "shop", "db"),
            dangers=(Danger("secret", "the key `password` changes"),),
        ),
        name="platform/old",
    ),
)
"""A change as people make them: an image raised in two places, a port, a secret, and a namespace deleted."""

CRD = Identity("apiextensions.k8s.io", "CustomResourceDefinition", "", "shops.acme.test")
CONFIG = Identity("", "ConfigMap", "shop", "web-5f6c8d")
OTHER = Difference("apps/web/overlays/tokyo", WEB, ("-  image: web:v41", "+  image: web:v42"), ("+  image: web:v43",))
"""What reviewers saw of a Deployment, and what the promotion does."""
HALF = diff(
    overlay(
        failures=(broken("Error: accumulating resources: no such file", path="apps/a/kustomization.yaml", line=3),)
    ),
    overlay(raised(), failures=(broken("Error: old\nand odd", side="base"),), name="apps/web/overlays/osaka"),
    overlay(raised("api"), failures=(broken("", path="b.yaml"),), name="charts/api", kind="helm"),
)
"""Overlays of which one fails, one failed before, and one fails though something of it is known."""
HOSTILE = diff(
    overlay(
        touched(
            "-# ```` @kim #12 </details>",
            "+# ~~~~ 🎉 \u202egnp.exe\r",
            "+" + "x" * 100_000,
            identity=Identity("", "ConfigMap", "@kim", "a|b`c"),
        ),
        name="apps/<img src=x>/@kim/#12",
        failures=(broken("``` @kim\x1b[31m", path="@kim.yaml"),),
    )
)
"""What a stranger might write."""
KINDS = diff(
    overlay(
        touched("-  a: 1", "+  a: 2", identity=CRD, dangers=(Danger("crd", "`v1beta1` is no longer served"),)),
        touched(identity=CONFIG, change="renamed", earlier_name="web-7b5200"),
        touched("-a: 1", "+a: 2", identity=replace(CONFIG, name="api-1"), earlier_name="api-0"),
        name="charts/web (canary)",
        kind="helm",
        standing="new",
        command="helm template canary charts/web",
    ),
    overlay(gone("a: 1", identity=CONFIG), name="old", kind="plain", standing="deleted", command=""),
    tools=(KUSTOMIZE, "helm 3.18.4"),
)
"""What else may happen to overlays and objects."""
