"""The App asks GitHub for what the code uses: nothing less, or it fails; nothing more, or nobody installs it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from gidgethub.routing import Router
from ruamel.yaml import YAML

import handlers
from bot.edge.github.tokens import PERMISSIONS

ROOT = Path(__file__).parents[1]

NEEDED_FOR = {
    "check_run": {"checks": "read"},
    "check_suite": {"checks": "read"},
    "merge_group": {"merge_queues": "read"},
    "pull_request": {"pull_requests": "read"},
    "push": {"contents": "read"},
}
"""https://docs.github.com/en/webhooks/webhook-events-and-payloads."""

ALWAYS_SENT = frozenset(
    {"installation", "installation_repositories", "installation_target", "github_app_authorization"}
)
LEVELS = ("read", "write")


def manifest() -> dict[str, Any]:
    """Read what the project publishes."""
    read: dict[str, Any] = YAML(typ="safe").load(ROOT / "app-manifest.yml")
    return read


def events_of(router: Router) -> set[str]:
    """Return the events a router has handlers for."""
    return {*router._shallow_routes, *router._deep_routes} - ALWAYS_SENT


def permissions_for(events: set[str], used: Mapping[str, str]) -> dict[str, str]:
    """Return what GitHub must grant for these events, and for what our tokens are used for."""
    asked = [*used.items(), *(item for event in events for item in NEEDED_FOR[event].items())]
    names = {name for name, _ in asked}
    return {name: max((level for one, level in asked if one == name), key=LEVELS.index) for name in names}


def test_the_events_are_those_the_handlers_wait_for() -> None:
    assert sorted(manifest()["default_events"]) == sorted(events_of(handlers.router))


def test_the_permissions_are_those_the_code_uses() -> None:
    assert manifest()["default_permissions"] == permissions_for(events_of(handlers.router), PERMISSIONS)


def test_the_manifest_has_the_keys_that_github_knows() -> None:
    read = manifest()

    assert set(read) == {
        *("name", "url", "description", "public", "redirect_url"),
        *("hook_attributes", "default_events", "default_permissions"),
    }
    assert set(read["hook_attributes"]) == {"url", "active"}
    assert len(read["name"]) <= 34


@pytest.mark.parametrize("event", ["issue_comment", "status"])
def test_a_handler_of_another_event_would_be_noticed(event: str) -> None:
    router = Router(handlers.router)
    router.add(_ignore, event, action="created")

    found = events_of(router)

    assert found - set(manifest()["default_events"]) == {event}


def test_the_higher_of_two_levels_is_asked_for() -> None:
    found = permissions_for({"push", "merge_group"}, {"contents": "write"})

    assert found == {"contents": "write", "merge_queues": "read"}


async def _ignore(*_: object) -> None:
    """Do nothing when it happens."""
