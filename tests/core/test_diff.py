"""Two renderings to what changed in them."""

from bot.core.diff import compare
from bot.core.manifests import Hunk, Identity, Manner

MANNER = Manner(b"a key")

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  replicas: 2
  template:
    spec:
      containers:
      - image: ghcr.io/acme/web:v41
        name: web
"""


def test_a_changed_image_is_one_hunk() -> None:
    after = WEB.replace("v41", "v42")

    (web,) = compare(WEB, after, MANNER, canonical=True)

    assert web.identity == Identity("apps", "Deployment", "shop", "web")
    assert (web.change, web.added, web.removed) == ("changed", 1, 1)
    assert web.hunks == (
        Hunk(
            8,
            8,
            (
                "   template:",
                "     spec:",
                "       containers:",
                "-      - image: ghcr.io/acme/web:v41",
                "+      - image: ghcr.io/acme/web:v42",
                "         name: web",
            ),
            (
                "spec",
                "spec.template",
                "spec.template.spec",
                *["spec.template.spec.containers.web"] * 3,
            ),
        ),
    )
