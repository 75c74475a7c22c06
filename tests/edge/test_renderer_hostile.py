"""What a stranger may put into a repository, rendered with the real kustomize and helm."""

import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.model import Chart
from bot.edge.renderer.cage import Cage, Limits
from bot.edge.renderer.tools import Failed, Tools
from tests.edge.caged import FREE, HERE
from tests.edge.trees import CONFIG_MAP, chart, found, lay

MIB = 1 << 20
PATH = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
SHOP = Chart("charts/shop", "shop")

SECRET = "a token of the bot's"  # noqa: S105  (not one)


def tight(*, seconds: float = 60, cpu: int = 10) -> Tools:
    """Return the tools with limits that are soon reached."""
    return replace(found(), cage=Cage(HERE, Limits(seconds, cpu, memory=512 * MIB, output=MIB)))


def free() -> Tools:
    """Return the tools without a cage, to see what a stranger would get."""
    return replace(found(), cage=Cage(FREE, Limits(), trusting=True))


def landless() -> Tools:
    """Return the tools on a machine without Landlock."""
    return replace(found(), cage=Cage(replace(HERE, landlock=0), Limits()))


def overlay(kustomization: str, **files: str) -> dict[str, str]:
    """Return the files of an overlay at `o`."""
    return {"o/kustomization.yaml": kustomization, **{f"o/{name}.yaml": text for name, text in files.items()}}


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Return a file outside the tree."""
    (path := tmp_path / "secret.yaml").write_text(CONFIG_MAP.replace("web", SECRET))
    return path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return an empty tree."""
    (path := tmp_path / "tree").mkdir()
    return path


@pytest.fixture
def served() -> Iterator[str]:
    """Serve a manifest on loopback; return its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(CONFIG_MAP.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/settings.yaml"
    server.shutdown()
    thread.join()
    server.server_close()


def test_nothing_is_fetched_even_from_next_door(tree: Path, served: str) -> None:
    lay(tree, overlay(f"resources: ['{served}']\n"))
    assert "tier: web" in free().kustomize(tree, "o", helm=False)

    with pytest.raises(Failed, match="Rendering has no network") as failure:
        found().kustomize(tree, "o", helm=False)

    assert failure.value.path == "o/kustomization.yaml"


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/acme/config//base?ref=main",
        "github.com/acme/config//base?ref=main",
        "git@github.com:acme/config.git//base",
        "ssh://git@github.com/acme/config//base",
        "git::https://github.com/acme/config//base",
        "file:///etc//base",
        "https://example.com/all.yaml",
    ],
)
@pytest.mark.parametrize("field", ["resources", "components"])
def test_a_remote_base_is_refused(tree: Path, address: str, field: str) -> None:
    lay(tree, overlay(f"{field}: ['{address}']\n"))

    with pytest.raises(Failed, match="Rendering has no network"):
        found().kustomize(tree, "o", helm=False)


@pytest.mark.parametrize("repository", ["https://charts.example.com", "oci://charts.example.com/charts"])
def test_a_remote_chart_is_refused(tree: Path, repository: str) -> None:
    lay(tree, overlay(f"helmCharts: [{{name: shop, repo: '{repository}', version: 1.0.0}}]\n"))

    with pytest.raises(Failed, match="Rendering has no network"):
        found().kustomize(tree, "o", helm=True)

    assert not (tree / "o" / "charts").exists()


FUNCTION = """
apiVersion: acme/v1
kind: Evil
metadata:
  name: evil
  annotations:
    config.kubernetes.io/function: |
      """


@pytest.mark.parametrize("field", ["transformers", "generators", "validators"])
@pytest.mark.parametrize(
    "how", ["exec: {path: ./evil.sh}", "container: {image: evil, network: true}", "starlark: {path: evil.star}"]
)
def test_functions_are_not_run(tree: Path, field: str, how: str) -> None:
    lay(
        tree, {**overlay(f"{field}: [evil.yaml]\n", evil=FUNCTION + how), "o/evil.sh": f"#!/bin/sh\ntouch {tree}/run\n"}
    )
    (tree / "o" / "evil.sh").chmod(0o755)

    with pytest.raises(Failed, match="plugin"):
        found().kustomize(tree, "o", helm=False)

    assert not (tree / "run").exists()


PLUGIN = """
name: evil
version: 0.1.0
usage: evil
description: evil
command: $HELM_PLUGIN_DIR/evil.sh
downloaders: [{command: evil.sh, protocols: [evil]}]
"""


def test_a_helm_plugin_of_the_repository_is_not_run(tree: Path) -> None:
    """Kustomize lets a repository choose helm's home, plugins and all: a script of a stranger's, run without a cage."""
    if not HERE.landlock:
        pytest.skip("charts are not inflated without Landlock")
    kustomization = "helmGlobals: {configHome: ./home}\nhelmCharts: [{name: shop, repo: 'evil://x', version: 1.0.0}]\n"
    plugin = {
        "home/.data/plugins/evil/plugin.yaml": PLUGIN,
        "home/.data/plugins/evil/evil.sh": f"#!/bin/sh\ntouch {tree}/run\n",
    }
    lay(tree, {**overlay(kustomization), **plugin})
    (tree / "home/.data/plugins/evil/evil.sh").chmod(0o755)
    with pytest.raises(Failed):
        free().kustomize(tree, "o", helm=True)
    assert (tree / "run").exists()
    (tree / "run").unlink()

    with pytest.raises(Failed):
        found().kustomize(tree, "o", helm=True)  # helm's cache is there now, so it gets as far as to the script

    assert not (tree / "run").exists()


OUTSIDE = {
    "resource": "resources: [{}]\n",
    "component": "components: [{}]\n",
    "patch": "resources: [mine.yaml]\npatches: [{{path: {}}}]\n",
    "files": "configMapGenerator: [{{name: made, files: [{}]}}]\n",
    "envs": "secretGenerator: [{{name: made, envs: [{}]}}]\n",
    "replacements": "resources: [mine.yaml]\nreplacements: [{{path: {}}}]\n",
    "openapi": "resources: [mine.yaml]\nopenapi: {{path: {}}}\n",
    "configurations": "resources: [mine.yaml]\nconfigurations: [{}]\n",
    "crds": "resources: [mine.yaml]\ncrds: [{}]\n",
}


@pytest.mark.parametrize("path", ["{outside}", "../../secret.yaml", "link.yaml", "../folder/secret.yaml"])
@pytest.mark.parametrize("kustomization", OUTSIDE.values(), ids=OUTSIDE)
def test_files_outside_are_not_shown(tree: Path, elsewhere: Path, kustomization: str, path: str) -> None:
    lay(tree, overlay(kustomization.format(path.format(outside=elsewhere)), mine=CONFIG_MAP))
    (tree / "o" / "link.yaml").symlink_to(elsewhere)
    (tree / "folder").symlink_to(elsewhere.parent)

    with pytest.raises(Failed) as failure:
        found().kustomize(tree, "o", helm=False)

    assert SECRET not in failure.value.message


@pytest.mark.parametrize("machine", [found, landless])
@pytest.mark.parametrize("path", ["..", "{outside}", "link", "o"])
def test_directories_outside_are_not_rendered(
    tree: Path, elsewhere: Path, machine: Callable[[], Tools], path: str
) -> None:
    lay(elsewhere.parent, {"kustomization.yaml": "resources: [secret.yaml]\n"})
    if path in {"link", "o"}:
        (tree / "link").symlink_to(elsewhere.parent)
    lay(tree, overlay("resources: [../link]\n"))

    with pytest.raises(Failed) as failure:
        machine().kustomize(tree, path.format(outside=elsewhere.parent), helm=False)

    assert SECRET not in failure.value.message


@pytest.mark.parametrize("machine", [found, landless])
def test_a_chart_shows_no_file_outside(tree: Path, elsewhere: Path, machine: Callable[[], Tools]) -> None:
    lay(tree, chart('{{ .Files.Get "secret.yaml" }}'))
    (tree / "charts" / "shop" / "secret.yaml").symlink_to(elsewhere)
    by_hand = ["helm", "template", str(tree / "charts/shop")]
    assert SECRET in subprocess.check_output(by_hand, text=True, env={"PATH": PATH})  # noqa: S603

    with pytest.raises(Failed) as failure:
        machine().template(tree, SHOP)

    assert failure.value.path == "charts/shop/secret.yaml"
    assert str(tree) not in failure.value.message


@pytest.mark.parametrize("path", ["/etc/passwd", "../../../secret.yaml", "templates/../../../../secret.yaml"])
def test_a_chart_sees_only_its_own_files(tree: Path, elsewhere: Path, path: str) -> None:
    lay(tree, chart(f'got: {{{{ .Files.Get "{path}" | quote }}}}'))

    assert elsewhere.exists()
    assert 'got: ""' in found().template(tree, SHOP)


@pytest.mark.parametrize("values", ["../secret.yaml", "link.yaml", "/etc/hostname"])
def test_values_come_from_the_repository(tree: Path, elsewhere: Path, values: str) -> None:
    lay(tree, chart("all: {{ .Values | toYaml | quote }}"))
    (tree / "link.yaml").symlink_to(elsewhere)

    with pytest.raises(Failed, match="leads out of the repository"):
        found().template(tree, replace(SHOP, values=(values,)))


def test_charts_ask_no_cluster_and_no_resolver(tree: Path) -> None:
    lookup = 'secret: {{ lookup "v1" "Secret" "kube-system" "a" | toJson }}'
    lay(tree, chart(lookup + '\nhost: {{ getHostByName "localhost" | quote }}'))

    assert 'secret: {}\nhost: ""' in found().template(tree, SHOP)


def test_our_environment_is_not_rendered(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", SECRET)
    lay(tree, overlay("configMapGenerator: [{name: made, envs: [all.env]}]\n"))
    lay(tree, {"o/all.env": "TOKEN\nPATH\nHOME\n"})

    rendered = found().kustomize(tree, "o", helm=False)

    assert '  PATH: ""\n  TOKEN: ""\n' in rendered
    assert SECRET not in rendered


def test_the_tree_is_left_as_it_was(tree: Path) -> None:
    lay(tree, {**chart(CONFIG_MAP, at="o/charts/shop"), **overlay("helmCharts: [{name: shop}]\n")})
    before = sorted(str(path) for path in tree.rglob("*"))

    found().kustomize(tree, "o", helm=True)
    found().template(tree, Chart("o/charts/shop", "shop"))

    assert sorted(str(path) for path in tree.rglob("*")) == before


ANCHORS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)

TOO_MUCH = "helm (needed more than 512 MiB of memory|took more than 1 seconds)"
"""Whichever limit it meets first; Go may also end in a fault where it gets no memory."""
GREEDY = {
    "text": ('{{ repeat 2000000000 "x" }}', "helm needed more than 512 MiB of memory|SIGSEGV"),
    "list": ("{{ until 2000000000 }}", f"{TOO_MUCH}|SIGSEGV"),
    "output": ('{{ range $n := until 50 }}k{{ $n }}: {{ repeat 100000 "x" }}\n{{ end }}', "helm wrote more than 1 MiB"),
    "work": (
        "{{ range until 100000 }}{{ range until 10000 }}{{ end }}{{ end }}",
        "helm took more than 1 seconds of processor time",
    ),
    "include": (
        '{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}',
        "rendering template has a nested reference",
    ),
    "template": (
        '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}',
        "exceeded maximum template depth",
    ),
    "tpl": ("{{ tpl .Values.again . }}", TOO_MUCH),
}


@pytest.mark.parametrize(("template", "said"), GREEDY.values(), ids=GREEDY)
def test_a_chart_that_takes_too_much_is_ended(tree: Path, template: str, said: str) -> None:
    lay(tree, chart(template, values="again: '{{ tpl .Values.again . }}'\n"))

    with pytest.raises(Failed, match=said) as failure:
        tight(cpu=1).template(tree, SHOP)

    assert len(failure.value.message) <= 4000


def test_anchors_upon_anchors_do_not_blow_up(tree: Path) -> None:
    lay(
        tree,
        {
            **overlay("resources: [bomb.yaml]\n", bomb=CONFIG_MAP + ANCHORS),
            **chart("{{ .Values | toYaml }}", values=ANCHORS),
        },
    )

    with pytest.raises(Failed, match=r"512 MiB|2 seconds"):
        tight(cpu=2).kustomize(tree, "o", helm=False)
    with pytest.raises(Failed, match="excessive aliasing"):
        tight().template(tree, SHOP)


def test_what_blocks_for_ever_ends_at_the_deadline(tree: Path) -> None:
    lay(tree, overlay("resources: [pipe.yaml]\n"))
    os.mkfifo(tree / "o" / "pipe.yaml")

    with pytest.raises(Failed, match="kustomize took longer than 1 seconds"):
        tight(seconds=1).kustomize(tree, "o", helm=False)


def test_very_many_files_end_at_a_limit(tree: Path) -> None:
    lay(tree, chart(""))
    for number in range(100_000):
        os.mknod(f"{tree}/charts/shop/templates/{number}.yaml")
    names = ", ".join(f"../charts/shop/templates/{number}.yaml" for number in range(100_000))
    lay(tree, overlay(f"resources: [{names}]\n"))

    with pytest.raises(Failed, match=r"took|needed"):
        tight(cpu=1).template(tree, SHOP)
    with pytest.raises(Failed, match=r"took|needed|not in or below"):
        tight(cpu=1).kustomize(tree, "o", helm=False)
