"""GitHub's own description of its API, held against what we ask, where it lies beside the project."""

import sys
from collections.abc import Mapping
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

_PATH = Path(__file__).parents[2].parent / "shared" / "contract" / "check_exchange.py"


@cache
def checker() -> Any:
    """Return the reader of the description, or None."""
    spec = spec_from_file_location("check_exchange", _PATH)
    if not _PATH.exists() or spec is None or spec.loader is None:
        return None
    module = sys.modules["check_exchange"] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Checker.load()


def undocumented(call: str, query: Mapping[str, str], body: object) -> list[str]:
    """Say what is wrong with a request `METHOD /path` by the description; nothing where that is not at hand."""
    if checker() is None:
        return []
    method, path = call.split(" ")
    request = {"method": method, "path": path, "query": query, "request_body": body}
    problems = checker().exchange({**request, "status": 200, "response_body": {}})
    ours = [one for one in problems if one["where"] in {"operation", "path", "query", "request"}]
    return [f"{call} {one['pointer']}: {one['message']}" for one in ours]
