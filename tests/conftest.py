"""What all tests share: the database, and which folders make test-fast leaves out."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.postgres", "tests.edge.pushes"]

SLOW = ("edge", "e2e", "sandbox")
"""Folders whose tests start servers or a browser, or run git by the hundred."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lives in a slow folder, so that no test there can be forgotten."""
    here = Path(__file__).parent
    for item in items:
        if item.path.relative_to(here).parts[0] in SLOW:
            item.add_marker("slow")
