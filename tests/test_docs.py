"""What the documents show is what the code does."""

import re
from pathlib import Path

import pytest

from bot import __main__ as command_line
from bot import settings
from bot.core import rules

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "CONTRIBUTING.md")


def dead_links(text: str) -> list[str]:
    """Return the links into the project that lead nowhere."""
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", text)
    return [target for target in targets if not (ROOT / target).exists()]


def unknown_targets(text: str) -> list[str]:
    """Return the `make` targets that the Makefile lacks."""
    known = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)
    return [target for target in re.findall(r"(?:^|`)make ([a-z-]+)", text, flags=re.MULTILINE) if target not in known]


def unknown_commands(text: str) -> list[str]:
    """Return the commands of ours that do not exist."""
    named = re.findall(r"(?:^|[` ])tierkeeper ([a-z][a-z-]*)", text, flags=re.MULTILINE)
    return [name for name in named if name not in command_line.main.commands]


def variables_named(text: str) -> set[str]:
    """Return the settings of the table in the README."""
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \|", text, flags=re.MULTILINE)
    return {name for row in rows for name in re.findall(r"[A-Z_]+", row)}


def variables_read() -> set[str]:
    """Return the settings the code takes from the environment: upper-case texts that name no constant of its own."""
    code = "".join(path.read_text("utf-8") for path in (ROOT / "bot" / "settings").glob("*.py"))
    return {name for name in re.findall(r'"([A-Z_]{3,})"', code) if not hasattr(settings, name)}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere_and_commands_exist(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")

    assert dead_links(text) == []
    assert unknown_targets(text) == []
    assert unknown_commands(text) == []


def test_the_rules_file_that_the_readme_shows_is_obeyed() -> None:
    text = (ROOT / "README.md").read_text("utf-8")

    shown = re.findall(r"^```yaml\n(version:.*?)^```", text, flags=re.MULTILINE | re.DOTALL)

    assert [[tier.branch for tier in rules.parse(one).tiers] for one in shown] == [["tier-0", "tier-1", "master"]]


def test_the_readme_names_the_settings_that_are_read() -> None:
    named = variables_named((ROOT / "README.md").read_text("utf-8"))

    assert named == variables_read()


def test_what_does_not_exist_is_noticed() -> None:
    text = "[a](nowhere.md) [b](README.md) [c](https://example.com)\nmake coffee\n`make test` `tierkeeper fly`\n"

    assert dead_links(text) == ["nowhere.md"]
    assert unknown_targets(text) == ["coffee"]
    assert unknown_commands(text) == ["fly"]
    assert variables_named("| `A_B`, `C` | x | `D` |\n") == {"A_B", "C"}
