"""The real kustomize and helm, on trees as people write them."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.model import Chart, Transient
from bot.edge.renderer import complaint, tools
from bot.edge.renderer.cage import Cage, Limits, Walls
from bot.edge.renderer.programs import Program, Unusable
from bot.edge.renderer.tools import Failed, Tools
from tests.edge.caged import FREE, HERE
from tests.edge.trees import CONFIG_MAP, chart, found, lay

WEB = {
    "base/kustomization.yaml": "resources: [settings.yaml]\nconfigMapGenerator: [{name: made, literals: [a=b]}]\n",
    "base/settings.yaml": CONFIG_MAP,
    "overlays/web/kustomization.yaml": "namespace: web\nresources: [../../base]\n",
}
TEMPLATE = """
kind: ConfigMap
apiVersion: v1
metadata:
  name: {{ .Release.Name }}
data:
  cluster: {{ .Capabilities.KubeVersion }}
  {{- .Values | toYaml | nindent 2 }}
"""
TEST = "kind: Pod\napiVersion: v1\nmetadata: {name: try, annotations: {helm.sh/hook: test}}\n"
SHOP = {
    **chart(TEMPLATE, values="tag: v1\n"),
    "charts/shop/crds/crd.yaml": "kind: CustomResourceDefinition\napiVersion: apiextensions.k8s.io/v1\n",
    "charts/shop/templates/test.yaml": TEST,
    "envs/a, b.yaml": "tag: v2\n",
    "envs/-c.yaml": "extra: x\n",
}
INFLATED = {
    **chart(CONFIG_MAP, at="apps/web/charts/shop"),
    "apps/web/kustomization.yaml": "helmCharts:\n- name: shop\n  releaseName: web\n  valuesInline: {a: b}\n",
}


def free() -> Cage:
    """Return no cage at all."""
    return Cage(FREE, Limits(), trusting=True)


def by_hand(root: Path, command: str) -> str:
    """Run in a shell what people are told to."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(  # noqa: S602
        command,
        shell=True,
        cwd=root,
        env={"PATH": path, "HOME": "/nonexistent"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def program(directory: Path, name: str, script: str) -> Path:
    """Put a shell script where a tool is looked for."""
    directory.mkdir(exist_ok=True)
    (path := directory / name).write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_tools_are_found_and_named() -> None:
    kustomize, helm = found().versions

    assert re.fullmatch(r"kustomize \d+\.\d+\.\d+( \(kubectl \d+\.\d+\.\d+\))?", kustomize)
    assert re.fullmatch(r"helm \d+\.\d+\.\d+\S*", helm)
    assert found().troubles == ()
    assert found().isolation.startswith("seccomp")


def test_a_kustomization_renders_as_by_hand(tmp_path: Path) -> None:
    lay(tmp_path, WEB)

    rendered = found().kustomize(tmp_path, "overlays/web", helm=False)

    assert rendered.count("namespace: web") == 2
    assert rendered == by_hand(tmp_path, found().kustomize_command("overlays/web", helm=False))
    assert found().kustomize_command("overlays/web", helm=False) == "kubectl kustomize overlays/web"


def test_a_chart_renders_as_by_hand(tmp_path: Path) -> None:
    lay(tmp_path, SHOP)
    shop = Chart("charts/shop", "web", "apps", ("envs/a, b.yaml", "envs/-c.yaml"))

    rendered = found().template(tmp_path, shop)

    assert all(said in rendered for said in ("name: web", "tag: v2", "extra: x", f"cluster: v{tools.KUBE_VERSION}"))
    assert "CustomResourceDefinition" in rendered
    assert "kind: Pod" not in rendered
    assert rendered == by_hand(tmp_path, found().template_command(shop))


def test_charts_of_a_kustomization_are_inflated_when_asked_for(tmp_path: Path) -> None:
    lay(tmp_path, INFLATED)

    rendered = found().kustomize(tmp_path, "apps/web", helm=True)

    assert rendered == CONFIG_MAP.replace("data:\n  tier: web\n", "").replace(
        "apiVersion: v1\n", "apiVersion: v1\ndata:\n  tier: web\n"
    )
    assert rendered == by_hand(tmp_path, found().kustomize_command("apps/web", helm=True))


GENERATOR = "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: shop}\nname: shop\n"


@pytest.mark.parametrize(
    "files",
    [INFLATED, {"apps/web/kustomization.yaml": "generators: [g.yaml]\n", "apps/web/g.yaml": GENERATOR}],
    ids=["helmCharts", "generators"],
)
def test_charts_that_may_not_be_inflated_say_what_allows_it(tmp_path: Path, files: dict[str, str]) -> None:
    lay(tmp_path, files)

    with pytest.raises(
        Failed, match=r"^this inflates Helm charts, which `render: \{helm: true\}` in the rules"
    ) as failure:
        found().kustomize(tmp_path, "apps/web", helm=False)

    assert failure.value.path == "apps/web/kustomization.yaml"


def test_all_that_decides_on_a_rendering_marks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = found().mark
    newer = replace(found(), versions=("kustomize 9.9.9",)).mark
    monkeypatch.setattr(tools, "_TEMPLATE", ("--skip-crds",))

    assert len({before, newer, found().mark}) == 3
    assert all(said in before for said in (*found().versions, "--include-crds", f"={tools.KUBE_VERSION}"))


def test_the_root_itself_may_be_rendered(tmp_path: Path) -> None:
    lay(tmp_path, {"kustomization.yaml": "resources: [settings.yaml]\n", "settings.yaml": CONFIG_MAP})
    (tmp_path / "link").symlink_to(tmp_path)

    assert "settings" in found().kustomize(tmp_path, ".", helm=False)
    assert "settings" in found().kustomize(tmp_path / "link", "", helm=False)


BROKEN_YAML = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: b: c\n"

RESOURCE = {"kustomization.yaml": "resources: [d.yaml]", "d.yaml": BROKEN_YAML}

KUSTOMIZATIONS = {
    "a resource": ({f"o/{name}": text for name, text in RESOURCE.items()}, "o/d.yaml", 5, "mapping values"),
    "a base's": (
        {"o/kustomization.yaml": "resources: [../b]", **{f"b/{name}": text for name, text in RESOURCE.items()}},
        "b/d.yaml", 5, "mapping values",
    ),
    "the file": ({"o/kustomization.yml": "resources:\n- x\n  y: : z\n"}, "o/kustomization.yml", 3, "mapping values"),
    "a field": ({"o/Kustomization": "resourcez: [a]\n"}, "o/Kustomization", 0, "unknown field"),
    "a missing file": ({"o/kustomization.yaml": "resources: [no.yaml]"}, "o/kustomization.yaml", 0, "no.yaml"),
    "no kustomization": ({"o/d.yaml": ""}, "", 0, "unable to find one of"),
    "no directory": ({}, "", 0, "not a valid directory"),
}  # fmt: skip


@pytest.mark.parametrize(("files", "path", "line", "said"), KUSTOMIZATIONS.values(), ids=KUSTOMIZATIONS)
def test_kustomize_says_what_is_broken_and_where(
    tmp_path: Path, files: dict[str, str], path: str, line: int, said: str
) -> None:
    lay(tmp_path, files)

    with pytest.raises(Failed) as failure:
        found().kustomize(tmp_path, "o", helm=False)

    assert said in failure.value.message
    assert str(tmp_path) not in failure.value.message
    assert (failure.value.path, failure.value.line) == (path, line)


CHARTS = {
    "syntax": (chart("a: 1\nb: {{ if }}"), "charts/shop/templates/all.yaml", 2, "missing value for if"),
    "a value": (chart("a: 1\nb: {{ .Values.x.y.z }}"), "charts/shop/templates/all.yaml", 2, "nil pointer"),
    "refusal": (chart('a: 1\n{{ fail "not so" }}'), "charts/shop/templates/all.yaml", 2, "not so"),
    "requirement": (chart('a: {{ required "a tag" .Values.tag }}'), "charts/shop/templates/all.yaml", 1, "a tag"),
    "no YAML": (chart("a: 1\nb: c: d"), "charts/shop/templates/all.yaml", 0, "mapping values"),
    "values": (chart("", values="x: 1\na: b: c\n"), "charts/shop/values.yaml", 2, "mapping values"),
    "its schema": (
        {**chart(""), "charts/shop/values.schema.json": '{"required": ["tag"]}'}, "charts/shop/Chart.yaml", 0, "tag",
    ),
    "its name": ({**chart(""), "charts/shop/Chart.yaml": "a: [\n"}, "charts/shop/Chart.yaml", 1, "Chart.yaml"),
    "a dependency": (
        chart("", more="dependencies: [{name: redis, version: 1.0.0, repository: https://charts.example.com}]\n"),
        "charts/shop/Chart.yaml", 0, "missing in charts/ directory: redis",
    ),
    "a subchart": (
        {**chart(""), **chart("a: {{ if }}", at="charts/shop/charts/shop")},
        "charts/shop/charts/shop/templates/all.yaml", 1, "missing value for if",
    ),
    "given values": ({**chart(""), "more.yaml": "a: [\n"}, "more.yaml", 1, "did not find"),
    "no chart": ({}, "", 0, "not found"),
}  # fmt: skip


@pytest.mark.parametrize(("files", "path", "line", "said"), CHARTS.values(), ids=CHARTS)
def test_helm_says_what_is_broken_and_where(
    tmp_path: Path, files: dict[str, str], path: str, line: int, said: str
) -> None:
    lay(tmp_path, files)
    values = ("more.yaml",) if "more.yaml" in files else ()

    with pytest.raises(Failed) as failure:
        found().template(tmp_path, Chart("charts/shop", "shop", values=values))

    assert said in failure.value.message
    assert str(tmp_path) not in failure.value.message
    assert "--debug" not in failure.value.message
    assert (failure.value.path, failure.value.line) == (path, line)


def test_a_long_complaint_is_cut(tmp_path: Path) -> None:
    lay(tmp_path, chart('{{ fail (printf "%s the end" (repeat 10000 "long")) }}'))

    with pytest.raises(Failed) as failure:
        found().template(tmp_path, Chart("charts/shop", "shop"))

    assert len(failure.value.message) == complaint.LONGEST
    assert failure.value.message.startswith("execution error")
    assert failure.value.message.endswith("the end")


def test_a_limit_is_named(tmp_path: Path) -> None:
    lay(tmp_path, WEB)
    hasty = replace(found(), cage=Cage(HERE, Limits(seconds=0.01)))

    with pytest.raises(Failed, match=r"^kustomize took longer than 0\.01 seconds$"):
        hasty.kustomize(tmp_path, "overlays/web", helm=False)


def test_without_isolation_nothing_is_rendered_unless_trusted(tmp_path: Path) -> None:
    lay(tmp_path, WEB)

    with pytest.raises(Failed, match="kustomize is not run: seccomp is missing"):
        replace(found(), cage=Cage(FREE, Limits())).kustomize(tmp_path, "overlays/web", helm=False)

    assert replace(found(), cage=free()).kustomize(tmp_path, "overlays/web", helm=False).count("namespace: web") == 2


def test_what_is_missing_of_the_isolation_is_told() -> None:
    def troubles(walls: Walls, *, trusting: bool = False) -> str:
        return " ".join(Cage(walls, Limits(), trusting=trusting).troubles())

    assert "not inflated" in troubles(Walls(seccomp=True, landlock=0, namespaces=True))
    assert "without which nothing is isolated" in troubles(FREE)
    assert troubles(FREE, trusting=True).startswith("Renderers run without isolation")
    assert troubles(Walls(seccomp=True, landlock=1, namespaces=False)) == ""
    assert FREE.described() == "nothing"


def test_a_killed_tool_may_do_better_next_time(tmp_path: Path) -> None:
    lay(tmp_path / "tree", WEB)
    killed = Program(program(tmp_path / "bin", "kustomize", "kill -9 $$"), "kustomize")

    with pytest.raises(Transient, match="killed by signal 9"):
        Tools(free(), killed).kustomize(tmp_path / "tree", "overlays/web", helm=False)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Look for tools in one directory only, at first an empty one."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "bin"


def test_what_is_missing_is_a_trouble(elsewhere: Path, tmp_path: Path) -> None:
    none = tools.find()

    assert not list(elsewhere.iterdir())
    assert none.versions == ()
    assert [sentence.split(":")[0] for sentence in none.troubles] == [
        "Kustomizations are not rendered",
        "Charts are not rendered",
    ]
    with pytest.raises(Failed, match="put kustomize 5 or newer"):
        none.kustomize(tmp_path, ".", helm=False)
    with pytest.raises(Failed, match="put helm 3 or newer"):
        none.template(tmp_path, Chart(".", "x"))


def test_what_only_looks_like_a_tool_is_passed_over(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = found().kustomizer
    assert real is not None
    dispatcher = program(elsewhere, "kustomize", f'exec {real.path} "$@"')

    alone = tools.find()
    monkeypatch.setenv("PATH", f"{elsewhere}:{real.path.parent}")
    beside = tools.find()

    assert f"{dispatcher} does not do" in alone.troubles[0]
    assert beside.versions == found().versions
    assert beside.troubles == ()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo '{Version:kustomize/v4.5.4 GitCommit:cf3a}'", "kustomize 4.5.4 is too old: 5 or newer is needed"),
        ("echo hello", "does not tell its version"),
        ("echo broken >&2; exit 3", "broken"),
        ("exit 3", "it ended with 3"),
    ],
)
def test_a_tool_that_is_too_old_or_broken_is_told(tmp_path: Path, script: str, said: str) -> None:
    looks_so = Program(program(tmp_path / "bin", "kustomize", script), "kustomize")

    with pytest.raises(Unusable, match=said):
        looks_so.version(free(), tmp_path)


def test_other_forms_of_the_tools_are_known(tmp_path: Path) -> None:
    kustomize = Program(program(tmp_path / "bin", "kustomize", "echo v5.6.0"), "kustomize")
    helm = Program(program(tmp_path / "bin", "helm", "echo v3.18.4+gd80839c"), "helm")

    assert kustomize.version(free(), tmp_path) == "kustomize 5.6.0"
    assert helm.version(free(), tmp_path) == "helm 3.18.4"
    assert Tools(free(), kustomize).kustomize_command("o", helm=False) == "kustomize build o"


def test_a_kustomize_that_cannot_call_this_helm_is_told(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found().kustomizer
    assert found().helm
    for one in (found().kustomizer, found().helm):
        assert one is not None
        shutil.copy(one.path, elsewhere)
    monkeypatch.setattr(
        tools, "_TRIAL", {**tools._TRIAL, "inflated/kustomization.yaml": "helmCharts: [{name: other}]\n"}
    )

    made = tools.find()

    assert made.versions == found().versions
    assert made.troubles[0].startswith("`helmCharts` of kustomizations are not inflated by kustomize")
