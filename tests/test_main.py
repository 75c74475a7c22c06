"""The command line, as a person meets it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.__main__ import main
from tests import build

ROOT = Path(__file__).parent.parent


def call(*arguments: str, text: str | None = None) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, arguments, input=text)


def test_sound_rules_are_said_to_be(tmp_path: Path) -> None:
    file = tmp_path / "tierkeeper.yml"
    file.write_text(build.RULES_TEXT)

    result = call("check-config", str(file))

    assert (result.exit_code, result.output) == (0, f"{file} is in order: tier-0 → tier-1 → tier-2\n")


def test_broken_rules_are_told_line_by_line() -> None:
    result = call("check-config", "-", text="version: 1\ntiers: []\nsoak: 3\n")

    assert result.exit_code == 1
    assert [line.split(":")[1] for line in result.output.splitlines()] == ["2", "3"]


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    result = call("check-config", str(tmp_path / "missing.yml"))

    assert result.exit_code == 1
    assert "missing.yml cannot be read: No such file or directory" in result.output


def test_bytes_that_are_no_text_are_a_problem_on_a_line(tmp_path: Path) -> None:
    file = tmp_path / "tierkeeper.yml"
    file.write_bytes(b"version: 1\ntiers: \xff\n")

    result = call("check-config", str(file))

    assert result.exit_code == 1
    assert result.output.startswith(f"{file}:2:8: ")


def test_the_committed_schema_is_the_one_printed() -> None:
    printed = call("schema").output

    assert printed == (ROOT / "tierkeeper.schema.json").read_text()


@pytest.mark.slow
def test_without_settings_the_server_says_what_is_missing() -> None:
    done = subprocess.run([sys.executable, "-m", "bot", "serve"], capture_output=True, env={}, check=False, text=True)

    assert done.returncode == 2
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET"]


@pytest.mark.slow
def test_deliveries_are_listed_shown_and_replayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "tests.failing", str(tmp_path / "tierkeeper.sqlite3")], check=True, cwd=ROOT
    )
    monkeypatch.setenv("STATE_DIR", str(tmp_path))

    listed = json.loads(call("deliveries", "list", "--json").output)
    table = call("deliveries", "list", "--standing", "failed").output
    shown = call("deliveries", "show", "d-1").output
    replayed = call("deliveries", "replay", "d-1")
    after = json.loads(call("deliveries", "list", "--json").output)

    assert (listed["delivery"], listed["standing"]) == ("d-1", "failed")
    assert [line.split()[0] for line in table.splitlines()] == ["delivery", "d-1"]
    assert "ZeroDivisionError" in shown
    assert '"answer": 42' in shown
    assert replayed.exit_code == 0
    assert after["standing"] == "waiting"


def test_where_there_is_no_inbox_none_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIR", str(tmp_path / "elsewhere"))

    result = call("deliveries", "list")

    assert result.exit_code == 2
    assert f"there is no inbox at {tmp_path}/elsewhere/tierkeeper.sqlite3: set STATE_DIR" in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("command", ["show", "replay"])
def test_an_unknown_delivery_is_said_to_be(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    (tmp_path / "tierkeeper.sqlite3").touch()

    result = call("deliveries", command, "nobody")

    assert result.exit_code == 1
    assert "there is no delivery nobody" in result.output


@pytest.mark.slow
def test_a_database_that_is_away_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:s3cret@127.0.0.1:1/none")

    result = call("deliveries", "list")

    assert result.exit_code == 2
    assert "s3cret" not in result.output
