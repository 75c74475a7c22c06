"""The folders keep their promises; each rule is also shown a snippet that breaks it."""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("bot", "handlers", "policies", "sandbox")

MAY_IMPORT = {
    "bot": (),
    "bot.core": (),
    "bot.aside": (),
    "bot.world": ("bot.core",),
    "bot.observe": ("bot.core",),
    "bot.settings": (),
    "bot.edge": (),
    "bot.edge.processors": (),
    "bot.edge.session": (),
    "bot.edge.git": ("bot.core", "bot.settings", "bot.edge.processors", "bot.edge.session"),
    "bot.edge.github": ("bot.core", "bot.settings"),
    "bot.edge.renderer": (  # it reads through git's port
        *("bot.core", "bot.settings", "bot.world"),
        *("bot.edge.processors", "bot.edge.session"),
    ),
    "bot.edge.store": ("bot.core", "bot.settings"),
    "bot.inbox": ("bot.aside", "bot.core", "bot.world", "bot.observe"),
    "bot.pages": ("bot.core",),
    "bot.sweep": ("bot.core", "bot.world", "bot.observe"),
    "bot.web": ("bot.core", "bot.inbox", "bot.observe"),
    "bot.app": ("bot", "handlers", "policies"),
    "bot.__main__": ("bot", "sandbox"),
    "bot.demo": ("bot", "sandbox"),
    "bot.showing": ("bot.core", "bot.pages", "bot.settings", "bot.world", "handlers"),
    "bot.diff": ("bot.core", "bot.edge", "handlers.manifests"),
    "bot.deliveries": ("bot.core", "bot.edge.store", "bot.settings", "bot.world"),
    "policies": ("bot.core",),
    "handlers": ("bot.aside", "bot.core", "bot.world", "policies"),
    "sandbox": (),
}
"""What of ours each part may import besides itself; the longest name that fits a module counts."""

PURE = {
    "bot.core": ("wcmatch",),
    "bot.core.diff": ("yaml",),
    "bot.core.rules": ("wcmatch", "pydantic", "pydantic_core", "ruamel"),
    "policies": (),
}
"""What of others' the pure parts may import besides the standard library."""

IMPURE = (
    *("asyncio", "http", "io", "logging", "os", "pathlib", "random", "secrets", "select", "shutil", "signal", "socket"),
    *("ssl", "subprocess", "tempfile", "threading", "time", "urllib.request", "uuid"),
)
"""What pure code leaves alone in the standard library."""

CLOCKS = frozenset({"now", "utcnow", "today", "monotonic", "perf_counter"})
BROAD_EXCEPT = frozenset({"bot.inbox.handling", "bot.sweep", "bot.app"})
"""Where one bug must not end all: of a handler for the others and the next delivery, of a repository for those swept
after it, of a sweep for the next sweep."""
FORBIDDEN_NAMES = frozenset({"utils", "util", "helpers", "helper", "manager", "service", "base", "common", "misc"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one may ask of a reader at once."""

    module: int = 250
    function: int = 30
    parameters: int = 5


BOUNDS = {
    "": Bounds(),
    "bot.core.model": Bounds(module=450),
    "bot.world": Bounds(module=330),
    "sandbox": Bounds(module=350, function=60, parameters=7),
}
"""The vocabulary is one list, and so are the ports, most of it docstrings; the sandbox holds GitHub's long objects."""

RELATIVE = "."
"""Stands for any import that does not say where from."""


def modules() -> Iterator[tuple[str, Path]]:
    """Yield the dotted name and the file of each of our modules."""
    for folder in OURS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


def covers(prefix: str, name: str) -> bool:
    """Return whether a dotted name is another or lies below it."""
    return name == prefix or name.startswith(f"{prefix}.")


def nearest(name: str, table: Mapping[str, object]) -> str | None:
    """Return the longest entry of a table that covers a name."""
    return max((prefix for prefix in table if covers(prefix, name)), key=len, default=None)


def imports(tree: ast.Module) -> Iterator[str]:
    """Yield each imported name; `from a import b` as `a.b`, for `b` may be a module."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.ImportFrom():
                yield RELATIVE


def foreign_parts(module: str, tree: ast.Module) -> Iterator[str]:
    """Say what of ours is imported from where it may not be."""
    part = nearest(module, MAY_IMPORT)
    if part is None or (part == "bot" and module != "bot"):
        yield "has no line in the table of who may import whom"
        return
    for name in imports(tree):
        if name == RELATIVE:
            yield "imports relatively: say where from"
        elif name.partition(".")[0] in OURS and not any(covers(one, name) for one in (part, *MAY_IMPORT[part])):
            yield f"imports {name}"


def impure(module: str, tree: ast.Module) -> Iterator[str]:
    """Say what reaches outside where all should be pure."""
    part = nearest(module, PURE)
    if part is None:
        return
    for name in imports(tree):
        known = name.partition(".")[0]
        if name == RELATIVE:
            continue  # told already
        if any(covers(one, name) for one in IMPURE):
            yield f"imports the impure {name}"
        elif known not in (*sys.stdlib_module_names, *OURS, *PURE[part]):
            yield f"imports {name}, which pure code does without"
    for node in ast.walk(tree):
        match node:
            case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                yield f"line {node.lineno} awaits"
            case ast.Call(func=ast.Attribute(attr=attr)) if attr in CLOCKS:
                yield f"line {node.lineno} looks at a clock"
            case ast.Call(func=ast.Name(id="open" | "print" | "input" as name)):
                yield f"line {node.lineno} calls {name}"


def broad_excepts(module: str, tree: ast.Module) -> Iterator[str]:
    """Say where everything is caught and not raised again."""
    for node in ast.walk(tree):
        match node:
            case ast.ExceptHandler(type=None | ast.Name(id="Exception" | "BaseException")):
                if module not in BROAD_EXCEPT and not isinstance(node.body[-1], ast.Raise):
                    yield f"line {node.lineno} catches everything"


def sizes(module: str, tree: ast.Module, source: str) -> Iterator[str]:
    """Say what is too long to be read at once."""
    bounds = BOUNDS[nearest(module, BOUNDS) or ""]
    lines = len(source.splitlines())
    if lines > bounds.module:
        yield f"has {lines} lines, more than {bounds.module}"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from function_sizes(node, bounds)


def function_sizes(function: ast.FunctionDef | ast.AsyncFunctionDef, bounds: Bounds) -> Iterator[str]:
    """Say so if a function is too long, its docstring not counted, or takes too much."""
    first, own = function.body[0], function.args
    docstring = (first.end_lineno or 0) - first.lineno + 1 if ast.get_docstring(function) is not None else 0
    lines = (function.end_lineno or 0) - function.lineno + 1 - docstring
    names = [one.arg for one in (*own.posonlyargs, *own.args, *own.kwonlyargs) if one.arg not in {"self", "cls"}]
    if lines > bounds.function:
        yield f"{function.name} has {lines} lines, more than {bounds.function}"
    if len(names) > bounds.parameters:
        yield f"{function.name} takes {len(names)} parameters, more than {bounds.parameters}"


def nameless(module: str, tree: ast.Module) -> Iterator[str]:
    """Say so if a module does not introduce itself or is called after nothing."""
    if not ast.get_docstring(tree):
        yield "has no docstring"
    for wrong in sorted(FORBIDDEN_NAMES & set(module.split("."))):
        yield f"is called {wrong}, which says nothing"


def routing_handlers(module: str, tree: ast.Module, routers: frozenset[str]) -> Iterator[str]:
    """Say so if one handler imports another; what several of them share has no router."""
    if not module.startswith("handlers."):
        return
    for name in imports(tree):
        if any(covers(router, name) for router in routers - {module}):
            yield f"imports the handler {name}"


def complaints(module: str, source: str, routers: frozenset[str] = frozenset()) -> list[str]:
    """Return all that is wrong with one module."""
    tree = ast.parse(source)
    return [
        f"{module} {said}"
        for said in (
            *foreign_parts(module, tree),
            *impure(module, tree),
            *broad_excepts(module, tree),
            *sizes(module, tree, source),
            *nameless(module, tree),
            *routing_handlers(module, tree, routers),
        )
    ]


def has_router(source: str) -> bool:
    """Return whether a module registers what happens when."""
    return any(
        isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "router" for node in ast.parse(source).body
    )


def test_the_house_stands() -> None:
    sources = {module: path.read_text("utf-8") for module, path in modules()}
    routers = frozenset(name for name, text in sources.items() if name.startswith("handlers.") and has_router(text))

    found = [one for module, source in sources.items() for one in complaints(module, source, routers)]

    assert len(sources) > 50
    assert routers
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("module", "source", "said"),
    [
        ("bot.core.promotion", "from bot.world import World", "imports bot.world.World"),
        ("bot.core.promotion", "def f():\n    from bot import edge", "imports bot.edge"),
        ("bot.core.promotion", "from . import model", "imports relatively: say where from"),
        ("policies.soak", "import handlers.promote", "imports handlers.promote"),
        ("bot.world", "from bot.edge.git import Git", "imports bot.edge.git.Git"),
        ("bot.edge.git.pick", "from bot.edge.github import GitHub", "imports bot.edge.github.GitHub"),
        ("bot.edge.store", "import handlers", "imports handlers"),
        ("handlers.promote", "from bot.edge.git import Git", "imports bot.edge.git.Git"),
        ("handlers.promote", "from handlers.check import on_head", "imports the handler handlers.check.on_head"),
        ("bot.inbox", "from bot.web import application", "imports bot.web.application"),
        ("bot.web", "from bot.world import World", "imports bot.world.World"),
        ("bot.app", "import sandbox", "imports sandbox"),
        ("sandbox.api", "from bot.core.model import App", "imports bot.core.model.App"),
        ("bot.newcomer", "x = 1", "has no line in the table of who may import whom"),
        ("bot.core.model", "import ruamel.yaml", "imports ruamel.yaml, which pure code does without"),
        ("policies.soak", "from wcmatch import glob", "imports wcmatch.glob, which pure code does without"),
        ("bot.core.model", "from os import environ", "imports the impure os.environ"),
        ("bot.core.model", "from pathlib import Path", "imports the impure pathlib.Path"),
        ("bot.core.model", "import time", "imports the impure time"),
        ("policies.soak", "async def check(): ...", "line 2 awaits"),
        ("policies.soak", "from datetime import datetime\nNOW = datetime.now()", "line 3 looks at a clock"),
        ("bot.core.model", "TEXT = open('x').read()", "line 2 calls open"),
        ("bot.web", "try:\n    f()\nexcept Exception:\n    pass", "line 4 catches everything"),
        ("bot.web", "try:\n    f()\nexcept:\n    pass", "line 4 catches everything"),
        ("bot.web", "def f():\n" + "    x = 1\n" * 30, "f has 31 lines, more than 30"),
        ("bot.web", "def f(a, b, *, c, d, e, f): ...", "f takes 6 parameters, more than 5"),
        ("bot.web", "x = 1\n" * 250, "has 251 lines, more than 250"),
        ("sandbox.api", "x = 1\n" * 350, "has 351 lines, more than 350"),
        ("sandbox.api", "def f():\n" + "    x = 1\n" * 60, "f has 61 lines, more than 60"),
        ("bot.edge.git.utils", "x = 1", "is called utils, which says nothing"),
    ],
)
def test_a_broken_promise_is_noticed(module: str, source: str, said: str) -> None:
    routers = frozenset({"handlers.check", "handlers.promote"})

    found = complaints(module, f'"""A snippet."""\n{source}', routers)

    assert found == [f"{module} {said}"]


def test_a_module_introduces_itself() -> None:
    assert complaints("bot.web", "x = 1") == ["bot.web has no docstring"]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("bot.core.rules.keys", "from pydantic import BaseModel"),
        ("bot.edge.git.pick", "from bot.edge.git.names import branch\nfrom bot.core import model"),
        ("bot.__main__", "import sandbox\nfrom bot import app"),
        ("handlers.check", "from handlers import gather\nasync def on_head(): ..."),
        ("bot.inbox.handling", "try:\n    f()\nexcept Exception:\n    pass"),
        ("bot.edge.store.turns", "try:\n    f()\nexcept BaseException:\n    g()\n    raise"),
        ("bot.web", 'def f(self, a, b, c, d, e):\n    """' + "Long.\n" * 40 + '"""\n' + "    x = 1\n" * 28),
    ],
)
def test_what_is_allowed_is_not_complained_about(module: str, source: str) -> None:
    assert complaints(module, f'"""A snippet."""\n{source}') == []
