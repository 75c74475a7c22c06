"""`tierkeeper diff` as a person runs it, in a clone of their own, with the tools that render."""

import json
import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest
from click.testing import CliRunner, Result

from bot import diff as command
from bot.__main__ import main
from bot.core.model import Transient
from tests.edge.gitrepo import Upstream, git

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("logging_as_it_was")]

PASSWORD = "hunter2hunter2"  # noqa: S105 - nobody's
FILES = {
    "base/kustomization.yaml": "resources: [c.yaml]\n",
    "base/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {level: info}\n",
    "overlays/a/kustomization.yaml": "resources: [../../base]\nnamespace: a\n",
    "overlays/b/kustomization.yaml": "resources: [../../base]\nnamespace: b\n",
    "charts/web/Chart.yaml": "{apiVersion: v2, name: web, version: 0.1.0}\n",
    "charts/web/values.yaml": "level: info\n",
    "charts/web/templates/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: chart}\n"
    "data: {level: {{ .Values.level }}}\n",
    "plain/s.yaml": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{password: {PASSWORD}}}\n",
}


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Upstream:
    """Return a clone with an overlay of each kind; its branch `tier-1` is where nothing has changed yet."""
    upstream = Upstream.create(tmp_path)
    monkeypatch.setattr(command, "CACHE", tmp_path / "cache")
    upstream.commit(FILES, "Overlays")
    git(upstream.work, "branch", "-f", "tier-1")
    return upstream


def run(clone: Upstream, *argv: str, path: str = "") -> Result:
    """Run the command on the clone, or below it."""
    return CliRunner().invoke(main, ["diff", *argv, str(clone.work / path)])


def edit(clone: Upstream, path: str, text: str) -> None:
    """Commit one file."""
    clone.commit({path: text}, f"Edit {path}")


def test_what_the_comment_would_say_is_printed(clone: Upstream) -> None:
    edit(clone, "base/c.yaml", FILES["base/c.yaml"].replace("info", "debug"))
    edit(clone, "charts/web/values.yaml", "level: debug\n")
    edit(clone, "plain/s.yaml", FILES["plain/s.yaml"].replace(PASSWORD, "another1another1"))

    said = run(clone, "tier-1", "HEAD")

    assert said.exit_code == 0
    assert said.output.startswith("4 overlays · 4 objects changed")
    assert said.output.count("-  level: info\n+  level: debug") == 3
    assert "<!--" not in said.output.split("Rendered by")[0]
    assert PASSWORD not in said.output
    assert "another1another1" not in said.output


def test_programs_get_json(clone: Upstream) -> None:
    edit(clone, "overlays/a/kustomization.yaml", "resources: [../../base]\nnamespace: moved\n")

    said = json.loads(run(clone, "tier-1", "HEAD", "--format", "json").output)

    assert [one["name"] for one in said["overlays"]] == ["overlays/a"]
    assert said["looked_at"] == 4


@pytest.mark.parametrize(("base", "head", "told"), [("HEAD~1", "HEAD", "deleted ⚠"), ("HEAD", "back", "added")])
def test_what_only_begins_or_ceases_to_be_read_is_no_change(clone: Upstream, base: str, head: str, told: str) -> None:
    part = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: part-{name}}}\n"
    rules = "version: 1\ntiers: [{name: tier-0}, {name: tier-1}]\nrender: {helm: true}\n"
    reading = "resources: [parts/a.yaml, parts/b.yaml]\nhelmCharts: [{name: web}]\n"
    parts = {f"parts/{name}.yaml": part.format(name=name) for name in "abc"}
    clone.commit({**parts, ".github/tierkeeper.yml": rules, "kustomization.yaml": reading}, "Read much")
    edit(clone, "kustomization.yaml", "resources: [parts/a.yaml]\n")
    edit(clone, "kustomization.yaml", reading)
    git(clone.work, "branch", "back")
    git(clone.work, "reset", "--hard", "HEAD^")

    said = run(clone, base, head, "--format", "text").output

    assert said.startswith(f"1 overlay · 2 objects {told}")


def test_a_link_to_what_something_else_reads_takes_nothing_from_it(clone: Upstream) -> None:
    edit(clone, "web/kustomization.yaml", "resources: [../shared/c.yaml]\n")
    edit(clone, "shared/c.yaml", FILES["base/c.yaml"])
    (clone.work / "linked").mkdir()
    (clone.work / "linked" / "c.yaml").symlink_to("../shared/c.yaml")
    git(clone.work, "add", "--all")
    git(clone.work, "commit", "--quiet", "--message", "Link")

    said = run(clone, "HEAD^", "HEAD", "--format", "text").output

    assert "1 of 6 overlays differ" in said
    assert "linked · new overlay" in said


def test_a_terminal_gets_lines(clone: Upstream) -> None:
    edit(clone, "base/c.yaml", FILES["base/c.yaml"].replace("info", "debug"))

    said = run(clone, "tier-1", "HEAD", "--format", "text")

    assert "\n-  level: info\n+  level: debug\n" in said.output
    assert "```" not in said.output


def test_only_what_lies_below_the_path_is_shown(clone: Upstream) -> None:
    edit(clone, "base/c.yaml", FILES["base/c.yaml"].replace("info", "debug"))

    said = json.loads(run(clone, "tier-1", "HEAD", "--format", "json", path="overlays/b").output)

    assert [one["name"] for one in said["overlays"]] == ["overlays/b"]


def test_the_base_is_where_the_two_parted(clone: Upstream) -> None:
    git(clone.work, "checkout", "-q", "tier-1")
    edit(clone, "charts/web/values.yaml", "level: elsewhere\n")
    git(clone.work, "checkout", "-q", "tier-0")
    edit(clone, "overlays/a/kustomization.yaml", "resources: [../../base]\nnamespace: moved\n")

    said = json.loads(run(clone, "tier-1", "HEAD", "--format", "json").output)

    assert [one["name"] for one in said["overlays"]] == ["overlays/a"]


def test_scripts_are_told_by_the_exit_status(clone: Upstream) -> None:
    same = run(clone, "tier-1", "HEAD", "--exit-code")
    edit(clone, "overlays/a/kustomization.yaml", "resources: [../../base]\nnamespace: moved\n")
    other = run(clone, "tier-1", "HEAD", "--exit-code")
    edit(clone, "overlays/b/kustomization.yaml", "resources: [../../gone]\n")
    broken = run(clone, "tier-1", "HEAD")

    assert (same.exit_code, other.exit_code, broken.exit_code) == (0, 1, 2)
    assert same.output.startswith("No change in what Argo CD applies")
    assert "gone" in broken.output
    assert str(clone.work) not in broken.output


def test_what_cannot_be_rendered_is_said_in_the_answer_alone(clone: Upstream) -> None:
    edit(clone, "overlays/b/kustomization.yaml", "resources: [../../gone]\n")

    said = run(clone, "tier-1", "HEAD", "--format", "json")

    assert [one["name"] for one in json.loads(said.stdout)["overlays"]] == ["overlays/b"]
    assert said.stderr == ""


@pytest.mark.parametrize("problem", [Transient("git took longer than 1 s"), ZeroDivisionError("a bug")])
def test_trouble_of_any_kind_is_told_from_a_difference(
    clone: Upstream, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    monkeypatch.setattr(command, "show", Mock(side_effect=problem))

    said = run(clone, "tier-1", "HEAD", "--exit-code")

    assert said.exit_code == 2
    assert str(problem) in said.stderr


@pytest.mark.parametrize("entry", ["", ".", "bin"])
def test_no_program_of_the_clone_is_run(clone: Upstream, tmp_path: Path, entry: str) -> None:
    for name in ("git", "env", "kubectl", "kustomize", "helm"):
        program = clone.work / entry / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        program.chmod(0o755)
    edit(clone, "base/c.yaml", FILES["base/c.yaml"].replace("info", "debug"))
    environment = {"PATH": f"{entry}:{os.environ['PATH']}", "HOME": str(tmp_path)}

    said = subprocess.run(  # noqa: S603 - our own command
        [Path(sys.executable).parent / "tierkeeper", "diff", "tier-1", "HEAD"],
        cwd=clone.work, env=environment, capture_output=True, check=False,
    )  # fmt: skip

    assert said.stdout.startswith(b"2 overlays"), said.stderr
    assert not (tmp_path / "ran").exists()


def test_the_rules_of_the_base_hold_unless_others_are_given(clone: Upstream, tmp_path: Path) -> None:
    other = tmp_path / "rules.yml"
    other.write_text('version: 1\ntiers: [{name: tier-0}]\nrender: {paths: ["overlays/b"]}\n')
    edit(clone, "base/c.yaml", FILES["base/c.yaml"].replace("info", "debug"))
    edit(clone, ".github/tierkeeper.yml", "version: 2\n")

    by_base = json.loads(run(clone, "tier-1", "HEAD", "--format", "json").output)
    given = json.loads(run(clone, "tier-1", "HEAD", "--format", "json", "--config", str(other)).output)
    broken = run(clone, "HEAD", "HEAD")

    assert [len(one["overlays"]) for one in (by_base, given)] == [2, 1]
    assert broken.exit_code == 2
    assert ".github/tierkeeper.yml:1:10: expected version 1" in broken.output


def test_rules_that_are_too_large_are_refused_and_not_passed_over(clone: Upstream) -> None:
    edit(clone, ".github/tierkeeper.yml", "version: 1\ntiers: [{name: a}]\n" + "#" * 70_000)

    said = run(clone, "HEAD", "HEAD")

    assert said.exit_code == 2
    assert "expected at most 64 KB, found 68 KB" in said.output


def test_what_is_no_commit_is_one_sentence(clone: Upstream) -> None:
    said = run(clone, "none", "HEAD")

    assert (said.exit_code, said.output) == (2, "Error: 'none' is no commit of this repository\n")
