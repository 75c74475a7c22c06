"""Editors judge a rules file by the schema; they must not disagree with the bot."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from bot.core import rules

ROOT = Path(__file__).parents[2]


def test_the_committed_schema_is_the_one_the_code_writes() -> None:
    committed = (ROOT / "tierkeeper.schema.json").read_text("utf-8")

    assert committed == rules.schema_text(), "stale: run `tierkeeper schema > tierkeeper.schema.json`"


def test_every_key_explains_itself() -> None:
    described = _properties(json.loads(rules.schema_text()))

    assert len(described) == 25
    assert [key for key, node in described.items() if not {"description", "$ref"} & node.keys()] == []


@pytest.mark.parametrize(
    ("document", "valid"),
    [
        ({"version": 1, "tiers": [{"name": "a"}]}, True),
        ({"version": 1, "tiers": [{"name": "a", "branch": "b/c"}], "promotion": {"skip": {"paths": ["x/**"]}}}, True),
        ({"version": 2, "tiers": [{"name": "a"}]}, False),
        ({"version": 1, "tiers": []}, False),
        ({"version": 1, "tiers": [{"name": "a", "brnach": "b"}]}, False),
        ({"version": 1, "tiers": [{"name": "a b"}]}, False),
        ({"version": 1, "tiers": [{"name": "a"}], "promotion": {"conflicts": "ignore"}}, False),
        ({"version": 1, "tiers": [{"name": "a"}], "promotion": {"reviewers": ["@a"]}}, False),
    ],
)
def test_the_schema_and_the_bot_agree(document: dict[str, Any], *, valid: bool) -> None:
    try:
        rules.parse(json.dumps(document))  # JSON is YAML
        taken = True
    except rules.Invalid:
        taken = False

    assert taken is valid
    assert jsonschema_rs.is_valid(rules.schema(), document) is valid


def _properties(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    places = {"": schema, **schema["$defs"]}
    return {f"{place}.{key}": node for place, one in places.items() for key, node in one["properties"].items()}
