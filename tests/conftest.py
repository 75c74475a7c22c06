"""What all tests share: the database, logging put back, and which folders make test-fast leaves out."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.postgres", "tests.edge.pushes"]

# How long an example takes says more about what else the machine does than about the code.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

SLOW = ("edge", "e2e", "sandbox")
"""Folders whose tests start servers or a browser, or run git by the hundred."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lives in a slow folder, so that no test there can be forgotten, and keep a module in one process."""
    here = Path(__file__).parent
    for item in items:
        if item.path.relative_to(here).parts[0] in SLOW:
            item.add_marker("slow")
        item.add_marker(pytest.mark.xdist_group(item.path.name))


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    """Put logging back after a test that configures it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
