"""Which overlays there are, and what each of them reads, so that its key tells whether it has to be rendered."""

from collections.abc import Collection, Mapping
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Chart, Render
from bot.core.overlays import Entry, Overlay
from bot.edge.renderer.survey import Survey
from bot.edge.renderer.tree import Memory, Tree
from tests.trees import Link, MadeFiles

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
BASE = {"base/kustomization.yaml": "resources: [c.yaml]\n", "base/c.yaml": CONFIG}
OVERLAY = {"overlays/web/kustomization.yaml": "resources: [../../base]\n"}
SHOP = {**BASE, **OVERLAY}
CHART = {"charts/web/Chart.yaml": "name: web\n", "charts/web/values.yaml": "", "charts/web/templates/a.yaml": ""}


def found(
    files: Mapping[str, str | Link],
    render: Render = Render(),  # noqa: B008 - it is frozen
    besides: Collection[str] = (),
) -> dict[str, Overlay]:
    """Return the overlays of these files, by name."""
    made = MadeFiles()
    root = made.roots[made.commit(files)]
    tree = Tree(made, Entry("directory", root), Memory())
    return {one.name: one for one in Survey(tree, render, "tools 1", besides).overlays()}


def key(files: Mapping[str, str | Link], name: str = "overlays/web", render: Render = Render()) -> str:  # noqa: B008
    """Return one overlay's key."""
    return found(files, render)[name].key


def test_a_kustomization_that_nothing_builds_on_is_an_overlay() -> None:
    overlays = found(SHOP)

    assert [(one.name, one.kind, one.refused) for one in overlays.values()] == [("overlays/web", "kustomize", "")]


def test_what_an_overlay_reads_is_all_there_is_to_lay_out() -> None:
    reads = found({**SHOP, "README.md": "", "base/notes.txt": ""})["overlays/web"].reads

    assert [read.path for read in reads if read.entry] == [
        "base/c.yaml",
        "base/kustomization.yaml",
        "overlays/web/kustomization.yaml",
    ]


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("components: [../../part]", "part/kustomization.yaml"),
        ("bases: [../../part]", "part/kustomization.yaml"),
        ("resources: [../../base, more.yaml]", "overlays/web/more.yaml"),
        ("crds: [crd.json]", "overlays/web/crd.json"),
        ("configurations: [names.yaml]", "overlays/web/names.yaml"),
        ("patches: [{path: patch.yaml}]", "overlays/web/patch.yaml"),
        ("patches: [patch.yaml]", "overlays/web/patch.yaml"),
        ("patchesStrategicMerge: [patch.yaml]", "overlays/web/patch.yaml"),
        ("patchesJson6902: [{target: {kind: X}, path: p.json}]", "overlays/web/p.json"),
        ("replacements: [{path: r.yaml}]", "overlays/web/r.yaml"),
        ("configMapGenerator: [{name: c, files: [app.conf]}]", "overlays/web/app.conf"),
        ("configMapGenerator: [{name: c, files: [key=conf/app.conf]}]", "overlays/web/conf/app.conf"),
        ("secretGenerator: [{name: s, envs: [s.env]}]", "overlays/web/s.env"),
        ("secretGenerator: [{name: s, env: s.env}]", "overlays/web/s.env"),
        ("openapi: {path: schema.json}", "overlays/web/schema.json"),
        ("generators: [g.yaml]", "overlays/web/whatever/it/names.txt"),
        ("transformers: [t.yaml]", "overlays/web/whatever/it/names.txt"),
        ("validators: [v.yaml]", "overlays/web/whatever/it/names.txt"),
        ("somethingNewer: {from: x}", "overlays/web/whatever/it/names.txt"),
        ("helmCharts: [{name: redis}]", "overlays/web/charts/redis/values.yaml"),
        ("{helmGlobals: {chartHome: ../../vendored}, helmCharts: [{name: redis}]}", "vendored/redis/values.yaml"),
        ("helmCharts: [{name: redis, valuesFile: v.yaml}]", "overlays/web/v.yaml"),
        ("not: [a kustomization", "overlays/web/whatever.txt"),
        ("Resources: [more.yaml]", "overlays/web/more.yaml"),
        ("patches: [{Path: patch.yaml}]", "overlays/web/patch.yaml"),
        ("configMapGenerator: [{name: c, Files: [app.conf]}]", "overlays/web/app.conf"),
        ("configMapGenerator: [{name: c, files: [conf]}]", "overlays/web/conf/app.conf"),
        ("{metadata: {annotations: &p {path: p.yaml}}, patches: [{<<: *p}]}", "overlays/web/p.yaml"),
        ("{x: &x {resources: [../../part]}, <<: *x}", "part/kustomization.yaml"),
        ("resources: " + "[" * 40_000, "overlays/web/whatever.txt"),
    ],
)
def test_every_file_a_kustomization_names_is_in_its_key(line: str, path: str) -> None:
    files = {**SHOP, "overlays/web/kustomization.yaml": line}

    keys = {key(files), key({**files, path: "kind: Component\n"}), key({**files, path: "kind: Component # other\n"})}

    assert len(keys) == 3


def test_a_chain_of_bases_is_followed_to_its_end() -> None:
    files = {
        **BASE,
        "mid/kustomization.yml": "resources: [../base]\n",
        "overlays/web/Kustomization": "resources: [../../mid/]\n",
    }

    changed = {**files, "base/c.yaml": CONFIG + "data: {a: b}\n"}

    assert list(found(files)) == ["overlays/web"]
    assert key(files) != key(changed)


def test_a_change_elsewhere_leaves_the_key_alone() -> None:
    assert key(SHOP) == key({**SHOP, "overlays/api/kustomization.yaml": "", "base/unread.yaml": "x"})


def test_another_version_of_the_tools_is_another_key() -> None:
    made = MadeFiles()
    tree = Tree(made, Entry("directory", made.roots[made.commit(SHOP)]), Memory())

    old, new = (Survey(tree, Render(), mark).overlays()[0].key for mark in ("tools 1", "tools 2"))

    assert old != new


def test_overlays_that_build_on_each_other_are_rendered_all_the_same() -> None:
    overlays = found({"a/kustomization.yaml": "resources: [../b]", "b/kustomization.yaml": "resources: [../a]"})

    assert list(overlays) == ["a"]


def test_a_component_alone_is_no_overlay() -> None:
    assert found({"part/kustomization.yaml": "kind: Component\n"}) == {}


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/acme/x//deploy?ref=v1",
        "github.com/acme/x",
        "git@github.com:acme/x.git",
        "git::https://example.com/x.git",
        "ssh://git@example.com/x",
        "https://example.com/crds.yaml",
    ],
)
def test_what_is_elsewhere_is_refused_by_name(remote: str) -> None:
    overlay = found({"web/kustomization.yaml": f"resources: ['{remote}']\n"})["web"]

    assert overlay.refused == f"web builds on {remote}, which is elsewhere; only files of this repository count"


@pytest.mark.parametrize("line", ["PASSWORD", " hunter2", "\tKEY\r", "MIIhunter2", "hunter2\udcef"])
@pytest.mark.parametrize("field", ["envs: [db.env]", "env: db.env", "envs: [other.env, db.env]", "Envs: [db.env]"])
def test_a_name_in_a_secret_whose_value_comes_from_elsewhere_is_refused_and_not_quoted(field: str, line: str) -> None:
    files = {
        **SHOP,
        "base/kustomization.yaml": f"secretGenerator: [{{name: db, {field}}}]\n",
        "base/other.env": "\ufeffA=b\n",
        "base/db.env": f"USER=app\n\n# remark\n{line}\n",
    }

    refused = found(files)["overlays/web"].refused

    assert refused.startswith("base/db.env:4 has no `=`")
    assert line.strip() not in refused


@pytest.mark.parametrize("line", ["PASSWORD=", " A=b", "#A", "  ", "=", ""])
def test_variables_that_have_values_are_not_refused(line: str) -> None:
    files = {"web/kustomization.yaml": "secretGenerator: [{name: db, envs: [db.env, gone.env]}]\n"}

    assert found({**files, "web/db.env": f"A=b\n{line}"})["web"].refused == ""


def test_a_name_alone_is_no_trouble_where_it_is_no_secret() -> None:
    files = {"web/kustomization.yaml": "configMapGenerator: [{name: c, envs: [c.env]}]\n", "web/c.env": "HOME\n"}

    assert found(files)["web"].refused == ""


def test_charts_are_inflated_only_where_the_rules_allow_it() -> None:
    files = {"web/kustomization.yaml": "helmCharts: [{name: redis}]\n"}

    refused = [found(files, Render(helm=allowed))["web"].refused for allowed in (False, True)]

    assert refused == ["web inflates Helm charts, which `render: {helm: true}` in the rules file allows", ""]


def test_a_link_is_followed_within_the_repository() -> None:
    files = {**BASE, "overlays/web/kustomization.yaml": "resources: [c.yaml]\n"}
    linked: dict[str, str | Link] = {**files, "overlays/web/c.yaml": Link("../../base/c.yaml")}

    changed = {**linked, "base/c.yaml": CONFIG + "# new\n"}

    assert {"base/c.yaml", "overlays/web/c.yaml"} <= {read.path for read in found(linked)["overlays/web"].reads}
    assert key(linked) != key(changed)


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../etc/passwd", "c.yaml", "../web/c.yaml"])
def test_a_link_out_of_the_repository_or_in_a_circle_leads_nowhere(target: str) -> None:
    files: dict[str, str | Link] = {"overlays/web/kustomization.yaml": "resources: [c.yaml]\n"}

    reads = found({**files, "overlays/web/c.yaml": Link(target)})["overlays/web"].reads

    assert [read.path for read in reads if read.entry] == ["overlays/web/kustomization.yaml"]


def test_links_below_a_directory_that_is_read_whole_are_followed_too() -> None:
    chart: dict[str, str | Link] = {**CHART, "charts/web/files": Link("../../shared"), "shared/a.txt": "1"}

    assert key(chart, "charts/web") != key({**chart, "shared/a.txt": "2"}, "charts/web")


def test_a_hidden_directory_keeps_its_dot() -> None:
    chart: dict[str, str | Link] = {".c/w/Chart.yaml": "", ".c/w/deep/link": Link("../../../a.txt"), "a.txt": "1"}

    paths = [read.path for read in found(chart)[".c/w"].reads]

    assert paths == [".c/w", ".c/w/deep/link", "a.txt"]


def test_a_chart_is_read_whole_and_a_chart_within_it_is_its_own_affair() -> None:
    overlays = found({**CHART, "charts/web/charts/redis/Chart.yaml": "name: redis\n"})

    assert [(one.name, one.kind, one.chart) for one in overlays.values()] == [
        ("charts/web", "helm", Chart("charts/web", "web"))
    ]


def test_a_values_file_that_releases_share_is_in_the_keys_of_all() -> None:
    charts = tuple(
        Chart("charts/web", release, values=("env/all.yaml", f"env/{release}.yaml")) for release in ("blue", "green")
    )
    render = Render(charts=charts)
    files = {**CHART, "env/all.yaml": "a: 1\n", "env/blue.yaml": "b: 1\n"}
    names = ("charts/web (blue)", "charts/web (green)")

    shared = [key(files, name, render) != key({**files, "env/all.yaml": "a: 2\n"}, name, render) for name in names]
    own = [key(files, name, render) != key({**files, "env/blue.yaml": "b: 2\n"}, name, render) for name in names]

    assert list(found(files, render)) == list(names)
    assert (shared, own) == ([True, True], [True, False])


def test_a_directory_of_manifests_that_nothing_reads_is_one_argo_cd_can_apply() -> None:
    files = {
        **SHOP,
        "plain/a.yaml": CONFIG,
        "plain/values.yaml": "a: 1\n",
        "plain/profile.yaml": "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec: {}\n",
        "plain/b.json": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}}',
        ".github/workflows/x.yaml": CONFIG,
    }

    overlays = found(files)

    assert list(overlays) == ["overlays/web", "plain"]
    assert [read.path for read in overlays["plain"].reads] == [
        "plain/a.yaml",
        "plain/b.json",
        "plain/profile.yaml",
        "plain/values.yaml",
    ]
    assert "only" not in found({"only/values.yaml": "a: 1\n", "only/profile.yaml": files["plain/profile.yaml"]})


def test_a_file_beside_manifests_counts_whatever_is_in_it() -> None:
    before = {"plain/a.yaml": CONFIG, "plain/b.yaml": "a: 1\n"}

    assert key(before, "plain") != key({**before, "plain/b.yaml": "a: 2\n"}, "plain")


def test_what_is_left_of_a_directory_without_the_manifests_that_others_read_is_no_overlay() -> None:
    files = {**SHOP, "parts/a.yaml": CONFIG, "parts/values.yaml": "a: 1\n"}

    overlays = found({**files, "base/kustomization.yaml": "resources: [c.yaml, ../parts/a.yaml]\n"})

    assert list(overlays) == ["overlays/web"]


def test_what_is_an_overlay_elsewhere_is_one_here_too() -> None:
    files = {
        **SHOP,
        "all/kustomization.yaml": "resources: [../overlays/web]\n",
        "part/kustomization.yaml": "kind: Component\n",
        "plain/a.yaml": CONFIG,
    }

    overlays = found(files, Render(paths=("all",)), besides=("overlays/web", "part", "plain", "gone"))

    assert list(found(files, Render(paths=("all",)))) == ["all"]
    assert list(overlays) == ["all", "overlays/web", "plain"]


def test_what_counts_elsewhere_counts_here_whatever_reads_it() -> None:
    files = {
        "web/kustomization.yaml": "resources: [parts/a.yaml, parts/b.yaml]\nhelmCharts: [{name: redis}]\n",
        "web/charts/redis/Chart.yaml": "name: redis\n",
        **{f"web/parts/{name}.yaml": CONFIG for name in "abc"},
    }

    overlays = found(files, Render(helm=True), besides=("web/parts", "web/parts/a.yaml", "web/charts/redis", "gone"))

    assert list(overlays) == ["web", "web/charts/redis", "web/parts"]
    assert [read.path for read in overlays["web/parts"].reads] == ["web/parts/a.yaml", "web/parts/c.yaml"]
    assert list(found(files, Render(helm=True))) == ["web", "web/parts"]


def test_a_kustomization_that_may_read_all_hides_no_other_directory() -> None:
    files = {"kustomization.yaml": "validators: []\n", "plain/a.yaml": CONFIG}

    assert list(found(files)) == [".", "plain"]


def test_files_of_a_generator_are_no_base() -> None:
    files = {**SHOP, "all/kustomization.yaml": "configMapGenerator: [{name: c, files: [../overlays/web]}]\n"}

    assert list(found(files)) == ["all", "overlays/web"]


def test_what_is_a_chart_and_a_kustomization_is_a_kustomization() -> None:
    files = {**CHART, "charts/web/kustomization.yaml": "resources: [templates/a.yaml]\n"}

    assert {name: one.kind for name, one in found(files).items()} == {"charts/web": "kustomize"}


def test_releases_of_one_name_are_told_apart_by_their_namespace() -> None:
    charts = (Chart("charts/web", "web", "staging"), Chart("charts/web", "web", "live"), Chart("charts/web", "b"))

    names = list(found(CHART, Render(charts=charts)))

    assert names == ["charts/web (b)", "charts/web (live/web)", "charts/web (staging/web)"]


def test_generators_may_inflate_charts_where_the_rules_allow_it() -> None:
    files = {"web/kustomization.yaml": "generators: [g.yaml]\n"}

    helm = [(found(files, Render(helm=allowed))["web"].helm) for allowed in (False, True)]

    assert helm == [False, True]


@pytest.mark.parametrize("content", ["\ufeff" + CONFIG, CONFIG + "#" * (5 << 20), Link("../elsewhere/a.txt")])
def test_an_odd_manifest_is_still_one(content: str | Link) -> None:
    files: dict[str, str | Link] = {"plain/a.yaml": content, "elsewhere/a.txt": CONFIG}

    reads = found(files)["plain"].reads

    assert "plain/a.yaml" in [read.path for read in reads]
    assert "elsewhere/a.txt" in [read.path for read in reads] or isinstance(content, str)


def test_the_rules_say_what_counts() -> None:
    files = {**SHOP, **CHART, "overlays/api/kustomization.yaml": "", "plain/a.yaml": CONFIG}

    assert list(found(files, Render(paths=("overlays/a*", "base")))) == ["base", "overlays/api"]


def test_charts_that_a_kustomization_inflates_are_not_told_twice() -> None:
    files = {
        "web/kustomization.yaml": "helmCharts: [{name: redis}]\n",
        "web/charts/redis/Chart.yaml": "name: redis\n",
    }

    assert {name: one.helm for name, one in found(files, Render(helm=True)).items()} == {"web": True}


@given(seed=st.integers(0, 2**32))
def test_any_change_to_what_an_overlay_reaches_changes_its_key_and_no_other(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a repository, not a secret
    files, reached = _random_repository(random)
    path = random.choice(sorted(files))
    before = {name: one.key for name, one in found(files).items()}

    after = {name: one.key for name, one in found({**files, path: files[path] + "# changed\n"}).items()}

    assert {name for name in before if before[name] != after[name]} == {
        name for name in before if path in reached[name]
    }


def _random_repository(random: Random) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Return files of directories that build on earlier ones, and for each what it reaches."""
    files: dict[str, str] = {}
    reached: dict[str, set[str]] = {}
    for number in range(random.randint(1, 12)):
        directory = "/".join([*random.sample(["a", "b", "c"], random.randint(0, 2)), f"d{number}"])
        up = "../" * (directory.count("/") + 1)
        below = random.sample(sorted(reached), random.randint(0, min(3, len(reached))))
        own = {f"{directory}/f{n}.yaml" for n in range(random.randint(0, 3))}
        lines = [f"resources: {[*(up + one for one in below)]}", f"crds: {[path.rpartition('/')[2] for path in own]}"]
        kustomization = f"{directory}/{random.choice(['kustomization.yaml', 'kustomization.yml', 'Kustomization'])}"
        files |= {kustomization: "\n".join(lines) + "\n", **dict.fromkeys(own, "x: 1\n")}
        reached[directory] = {kustomization, *own}.union(*(reached[one] for one in below))
    return files, reached
