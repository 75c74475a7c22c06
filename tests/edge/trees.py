"""Trees of files for the real kustomize and helm, and those tools."""

import functools
from collections.abc import Mapping
from pathlib import Path

from bot.edge.renderer import tools
from bot.edge.renderer.tools import Tools

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  tier: web\n"


def lay(root: Path, files: Mapping[str, str]) -> Path:
    """Write files below a directory, and return it."""
    for name, text in files.items():
        (path := root / name).parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode(errors="surrogateescape"))
    return root


def chart(template: str, *, at: str = "charts/shop", values: str = "{}\n", more: str = "") -> dict[str, str]:
    """Return the files of a chart with one template."""
    return {
        f"{at}/Chart.yaml": f"apiVersion: v2\nname: shop\nversion: 0.1.0\n{more}",
        f"{at}/values.yaml": values,
        f"{at}/templates/all.yaml": template,
    }


@functools.cache
def found() -> Tools:
    """Look for the tools once for all tests."""
    return tools.find()
