"""Whether all that was said on a stage has GitHub's published shape."""

import functools
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

from sandbox.store import Store

DESCRIPTION = Path(__file__).resolve().parents[2].parent / "shared" / "contract" / "check_exchange.py"
"""What knows GitHub's published description; a clone may be without it."""


@functools.cache
def checker() -> Any:
    """Return it, loaded."""
    spec = importlib.util.spec_from_file_location("check_exchange", DESCRIPTION)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["check_exchange"] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    return module.Checker.load()


def exchanges(folder: Path) -> list[dict[str, Any]]:
    """Return what was said to the API of a stage, and answered."""
    lines = (folder / "exchanges.jsonl").read_bytes().splitlines()
    return [json.loads(line) for line in lines]


def webhooks(folder: Path) -> list[tuple[str, Any]]:
    """Return what a stage's GitHub told the App."""
    store = Store.open(folder / "github")
    try:
        return [(one.event, json.loads(one.payload)) for one in store.deliveries]
    finally:
        store.close()


def of_exchange(said: dict[str, Any]) -> list[str]:
    """Return what is wrong with one exchange."""
    return _errors(checker().exchange(said), f"{said['method']} {said['path']} {said['status']}")


def of_stage(folder: Path) -> list[str]:
    """Return what is wrong with all that was said on a stage; nothing where nobody knows what would be right."""
    if not DESCRIPTION.exists():
        return []
    wrong = [text for said in exchanges(folder) for text in of_exchange(said)]
    wrong += [text for event, payload in webhooks(folder) for text in _errors(checker().webhook(event, payload), event)]
    return sorted(set(wrong))


def _errors(problems: list[dict[str, Any]], where: str) -> list[str]:
    return [f"{where}: {one['pointer']} {one['message']}" for one in problems if one["level"] == "error"]
