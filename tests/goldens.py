"""Rendered texts as files a person can read: `UPDATE_GOLDEN=1 make test-fast` writes them anew."""

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def assert_golden(name: str, text: str) -> None:
    """Hold a rendered text against its file in tests/golden."""
    file = FOLDER / name
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text + "\n")

    assert text + "\n" == file.read_text()
