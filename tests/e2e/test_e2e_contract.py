"""All that was said on the stages of this session has GitHub's published shape; conftest lets this come last."""

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.store import Store
from tests.e2e.shop import Shop

pytestmark = pytest.mark.slow

DESCRIPTION = Path(__file__).resolve().parents[2].parent / "shared" / "contract" / "check_exchange.py"


@pytest.fixture(scope="module")
def checker() -> Any:
    """Return what knows GitHub's published description, where that lies beside the project."""
    if not DESCRIPTION.exists():
        pytest.skip("GitHub's description does not lie beside the project")
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


def objections(problems: list[dict[str, Any]], where: str) -> list[str]:
    """Return the errors among a checker's remarks."""
    return [f"{where}: {one['pointer']} {one['message']}" for one in problems if one["level"] == "error"]


def test_every_exchange_and_every_webhook_has_githubs_shape(
    shop: Shop, checker: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shop.promoted(shop.merged("web: v2", {"web.yaml": "image: web:v2\n"}))
    folders = [path.parent for path in tmp_path_factory.getbasetemp().glob("stage*/exchanges.jsonl")]

    said = [one for folder in folders for one in exchanges(folder)]
    told = [one for folder in folders for one in webhooks(folder)]

    wrong = [text for x in said for text in objections(checker.exchange(x), f"{x['method']} {x['path']} {x['status']}")]
    wrong += [text for event, payload in told for text in objections(checker.webhook(event, payload), event)]
    assert sorted(set(wrong)) == []
    assert len(said) > 20
    assert {"pull_request", "push", "installation"} <= {event for event, _ in told}


def test_the_judge_is_awake(shop: Shop, checker: Any) -> None:
    shop.promoted(shop.merged("web: v2", {"web.yaml": "image: web:v2\n"}))
    said = [x for x in exchanges(shop.stage.folder) if x["method"] == "POST" and x["path"].endswith("/pulls")]

    said[-1]["request_body"]["title"] = 7
    del said[-1]["response_body"]["number"]

    found = objections(checker.exchange(said[-1]), "a forged exchange")
    assert len(found) == 2
    assert any("number" in text for text in found)
