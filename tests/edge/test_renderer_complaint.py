"""What the real tools say of Secrets shows none of them, and no message holds the bot up."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.core.model import Chart
from bot.edge.renderer import complaint
from bot.edge.renderer.tools import Failed
from tests.edge.trees import CONFIG_MAP, found, lay

HANGS = 1.0
"""Seconds of a processor that no complaint is worth."""
MOST = 1 << 18
"""Characters that are kept of what a tool complains."""

PLANTED = "hunter2"
HEAD = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
SECRET = HEAD + "stringData: {p: hunter2}\n"
PEM = "-----BEGIN KEY-----\nMIIhunter2\nMIIhunter2\n"
TARGET = "  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.tier]}]\n"


def patched(patch: str, more: str = "") -> dict[str, str]:
    """Return a kustomization with an inline patch of a Secret."""
    indented = patch.replace("\n", "\n    ")
    return {
        "kustomization.yaml": f"resources: [s.yaml]\npatches:\n- patch: |\n    {indented}\n{more}",
        "s.yaml": SECRET,
    }


def resource(text: str, more: str = "") -> dict[str, str]:
    """Return a kustomization of one resource."""
    return {"kustomization.yaml": f"resources: [s.yaml]\n{more}", "s.yaml": text}


def generated(field: str) -> dict[str, str]:
    """Return a kustomization that makes a Secret."""
    return {"kustomization.yaml": f"secretGenerator: [{{name: s, {field}}}]\n", "e.env": PEM}


def latin(kustomization: str, **more: str) -> dict[str, str]:
    """Return a kustomization and a file of variables that is not UTF-8, as Latin-1 has it."""
    return {"kustomization.yaml": kustomization, "db.env": "USER=app\nPASSWORD=hunter2-p\udcefss\n", **more}


KUSTOMIZATIONS = {
    "Latin-1": (latin("secretGenerator: [{name: s, envs: [db.env]}]\n"), "a line is not UTF-8: db.env"),
    "Latin-1, as it was written once": (latin("secretGenerator: [{name: s, env: db.env}]\n"), "not UTF-8: db.env"),
    "Latin-1 beside others": (
        {**latin("secretGenerator: [{name: s, envs: [two.env, db.env]}]\n"), "two.env": "A=b\n"},
        "a line is not UTF-8: two.env, db.env",
    ),
    "Latin-1 by an odd name": (
        {**latin("secretGenerator: [{name: s, envs: ['d]: [x.env']}]\n"), "d]: [x.env": "P=hunter2\udcef\n"},
        "a line is not UTF-8",
    ),
    "Latin-1 by a plugin": (
        latin(
            "generators: [g.yaml]\n",
            **{"g.yaml": "apiVersion: builtin\nkind: SecretGenerator\nmetadata: {name: x}\nenvs: [db.env]\n"},
        ),
        "a line is not UTF-8: db.env",
    ),
    "Latin-1 in a base": (
        {
            "kustomization.yaml": "resources: [b]\n",
            **{f"b/{name}": text for name, text in latin("secretGenerator: [{name: s, envs: [db.env]}]\n").items()},
        },
        "a line is not UTF-8: db.env",
    ),
    "Latin-1 in a component": (
        {
            "kustomization.yaml": "components: [b]\n",
            **{
                f"b/{name}": text
                for name, text in latin(
                    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
                    "secretGenerator: [{name: s, envs: [db.env]}]\n"
                ).items()
            },
        },
        "a line is not UTF-8",
    ),
    "no such file of variables": (generated("envs: [no.env]"), "a file is missing: no.env"),
    "no such file": (generated("files: [e.env, hunter2]"), "a file is missing: e.env"),
    "literal": (generated("literals: [hunter2]"), "a literal is not `key=value`"),
    "PEM as literal": (generated('literals: ["BEGIN\\nhunter2\\nhunter2"]'), "a literal is not `key=value`"),
    "env file": (generated("envs: [e.env]"), "illegally repeats the key"),
    "file": (generated('files: ["a=b=hunter2"]'), "what stands before or after `=` has a `=` too"),
    "delimiter": (
        {
            "kustomization.yaml": "resources: [s.yaml, c.yaml]\nreplacements:\n- source: {kind: Secret, fieldPath:"
            f" stringData.p, options: {{delimiter: ':', index: 5}}}}\n{TARGET}",
            "s.yaml": SECRET,
            "c.yaml": CONFIG_MAP,
        },
        "options.index 5 is out of bounds",
    ),
    "replacement": (
        resource(
            SECRET,
            "replacements:\n- sourceValue: x\n  targets: [{select: {kind: Secret}, fieldPaths: [stringData.p.q]}]\n",
        ),
        'unable to find field "stringData.p.q"',
    ),
    "patch": (patched("kind: Secret\nstringData: {p: hunter2}"), "unable to parse SM or JSON patch"),
    "broken patch": (patched("kind: Secret\nstringData: {p: hunter2: x}"), "unable to parse SM or JSON patch"),
    "JSON patch": (patched("- {op: add, path: /stringData/q, value: hunter2}"), "must specify a target"),
    "operation": (
        patched("- {op: hunter2, path: /stringData/q, value: hunter2}", "  target: {kind: Secret}\n"),
        "Unexpected kind",
    ),
    "test": (
        patched("- {op: test, path: /stringData/p, value: hunter2x}", "  target: {kind: Secret}\n"),
        "test failed",
    ),
    "patch and path": (patched("hunter2", "  path: s.yaml\n"), "at the same time"),
    "strategic merge": (
        resource(SECRET, 'patchesStrategicMerge: [\'{"kind": "Secret", "stringData": {"dsn": "hunter2"}}\']\n'),
        "no such file",
    ),
    "directive": (
        {
            **resource(SECRET, "patchesStrategicMerge: [p.yaml]\n"),
            "p.yaml": HEAD + "stringData: {$patch: hunter2}\n",
        },
        "unknown patch strategy",
    ),
    "list for map": (
        {**resource(SECRET, "patchesStrategicMerge: [p.yaml]\n"), "p.yaml": HEAD + "stringData: [hunter2]\n"},
        "wrong node kind: expected MappingNode",
    ),
    "annotations": (
        resource(HEAD.replace("name: s", "name: s, annotations: hunter2"), "commonAnnotations: {a: b}"),
        "considering field 'metadata/annotations'",
    ),
    "anchor": (resource(HEAD + "stringData: {p: *hunter2}\n"), "unknown anchor"),
    "number": (resource(HEAD + "stringData:\n  p: !!int hunter2\n"), "cannot decode"),
    "twice the same key": (resource(HEAD + "stringData:\n  hunter2: a\n  hunter2: b\n"), "already defined at line 5"),
    "a key of no kind": (resource(HEAD + "stringData: {? {hunter2: hunter2} : x}\n"), "invalid map key"),
    "broken Secret": (resource(HEAD + "stringData:\n  p: hunter2: x\n"), "mapping values are not allowed"),
    "Secret for a file": (
        {"kustomization.yaml": "resources:\n- |\n  kind: Secret\n  stringData: {p: hunter2}\n"},
        "no such file",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "said"), KUSTOMIZATIONS.values(), ids=KUSTOMIZATIONS)
def test_no_secret_shows_in_what_kustomize_says(tmp_path: Path, files: dict[str, str], said: str) -> None:
    lay(tmp_path, {f"o/{name}": text for name, text in files.items()})

    with pytest.raises(Failed) as failure:
        found().kustomize(tmp_path, "o", helm=False)

    assert said in failure.value.message
    assert PLANTED not in failure.value.message
    assert PLANTED not in bytes(map(int, re.findall(r"\d+", failure.value.message))).decode("latin-1")
    assert failure.value.path.startswith("o/")


CLIMBING = {
    "resource": "resources: [../../x.yaml]\n",
    "base": "resources: [../../..]\n",
    "file": "configMapGenerator: [{name: c, files: [../../../../x.txt]}]\n",
    "variables": "configMapGenerator: [{name: c, envs: [../../x.env]}]\n",
    "patch": "patches: [{path: ../../../x.yaml}]\n",
    "CRD": "crds: [../../x.yaml]\n",
    "chart's home": "{helmGlobals: {chartHome: ../../x}, helmCharts: [{name: y}]}\n",
}


@pytest.mark.parametrize("helm", [False, True])
@pytest.mark.parametrize("kustomization", CLIMBING.values(), ids=CLIMBING)
def test_no_place_on_our_disk_shows(tmp_path: Path, kustomization: str, *, helm: bool) -> None:
    lay(tmp_path / "tree", {"o/kustomization.yaml": kustomization})

    with pytest.raises(Failed) as failure:
        found().kustomize(tmp_path / "tree", "o", helm=helm)

    assert not any(part in failure.value.message for part in tmp_path.parts[1:])


def test_a_file_of_variables_is_the_one_complained_of(tmp_path: Path) -> None:
    lay(tmp_path, {f"o/b/{name}": text for name, text in latin("secretGenerator: [{name: s, envs: [db.env]}]").items()})
    lay(tmp_path, {"o/kustomization.yaml": "resources: [b]\n"})

    with pytest.raises(Failed) as failure:
        found().kustomize(tmp_path, "o", helm=False)

    assert failure.value.path == "o/b/db.env"


def test_bytes_as_numbers_are_no_words(tmp_path: Path) -> None:
    said = "Error: line [104 117 110 116 101 114 50] is odd, patches[0] and [1] are not"

    assert complaint.shown(said, tmp_path) == "line […] is odd, patches[0] and [1] are not"


def template(text: str, schema: str = "{}", values: str = "password: hunter2\n") -> dict[str, str]:
    """Return a chart with a password among its values."""
    return {
        "c/Chart.yaml": "apiVersion: v2\nname: app\nversion: 0.1.0\n",
        "c/values.yaml": values,
        "c/values.schema.json": schema,
        "c/templates/s.yaml": text,
    }


def calling(call: str) -> dict[str, str]:
    """Return a chart that calls a function."""
    return template(f"a: {{{{ {call} }}}}\n")


CHARTS = {
    "pattern": (
        template("", '{"properties": {"password": {"pattern": "^[0-9]+$"}}}'),
        "at '/password': '…' does not match pattern '…'",
    ),
    "constant": (template("", '{"properties": {"password": {"const": "hunter2x"}}}'), "value must be"),
    "name": (template("", '{"propertyNames": {"pattern": "^a"}}', "hunter2: x\n"), "invalid propertyName"),
    "broken YAML": (template(HEAD + "stringData: {p: {{ .Values.password }}: {x}\n"), "YAML parse error on"),
    "value": (calling("fail .Values.password"), "execution error at (app/templates/s.yaml:1:6): …"),
    "values": (calling("fail (toYaml .Values)"), "execution error at (app/templates/s.yaml:1:6): …"),
    "quoted": (calling('fail (printf "bad password %q given" .Values.password)'), 'bad password "…" given'),
    "required": (calling("required .Values.password .Values.none"), "execution error at"),
    "date": (calling('mustToDate "2006" .Values.password'), "error calling mustToDate: parsing time"),
    "duration": (calling("mustDateModify .Values.password now"), "invalid duration"),
    "expression": (calling('mustRegexMatch (printf "(%s" .Values.password) "x"'), "missing closing )"),
    "template": (calling('tpl (printf "{{ %s }}" .Values.password) .'), "cannot parse template"),
    "inner template": (calling('tpl (printf "{{ .Values.x.y }}%s" .Values.password) .'), "error during tpl"),
    "field of an inner template": (calling('tpl (printf "{{ .x.%s.y }}" .Values.password) .'), "error during tpl"),
    "include": (calling("include .Values.password ."), "no template"),
    "range": (calling("range .Values.password }}{{ end"), "range can't iterate over"),
    "address": (calling('urlParse (printf "%%zz://%s" .Values.password)'), "unable to parse url"),
    "values of a kind": (template("", values="p: !!int hunter2\n"), "cannot decode !!str"),
    "values' anchor": (template("", values="p: *hunter2\n"), "unknown anchor"),
    "broken values": (template("", values="p: hunter2: x\n"), "cannot load values.yaml"),
}  # fmt: skip


@pytest.mark.parametrize(("files", "said"), CHARTS.values(), ids=CHARTS)
def test_no_secret_shows_in_what_helm_says(tmp_path: Path, files: dict[str, str], said: str) -> None:
    lay(tmp_path, files)

    with pytest.raises(Failed) as failure:
        found().template(tmp_path, Chart("c", "app"))

    assert said in failure.value.message
    assert PLANTED not in failure.value.message
    assert failure.value.path.startswith("c/")


def test_sentences_over_several_lines_stay_and_content_goes(tmp_path: Path) -> None:
    said = "Error: it is wrong\nPlease set the password\npassword: hunter2\n- hunter2\nMIIhunter2\nand try it again"

    message = complaint.shown(said, tmp_path)

    assert message == "it is wrong\nPlease set the password\n…\nand try it again"


Complaint = Callable[[str, Path, str], Failed]

PIECES = (
    "\n", " \n", "\n ", "\n  \n", " ", "'", "''", "'a 'a", '"', "\\", '\\"', "`", "a", "a'a ", "'abcd' ", "a: b\n",
    "a/", "(", " with env=[", " with env=[] (is '", "dial tcp", "evalsymlink failure on '",
    "evalsymlink failure on 'http:", "recursed accumulation of path '", "yaml: line 1: ", "yaml: line 1: \n",
    "in File: ", "in File: x ", "open ", "open a", "cannot load ", "cannot load a", "templates/", "a/templates/",
    " a/templates/x", "level=", "level=a \n", "E0101 ", "runtime stack", "\ngoroutine ", "literal sources [",
    "node contents:", "loading KV pairs", "env source files: [", "[1 ", "/", " : lstat ", "err='", "1", "a b c\n",
)  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("what", [complaint.of_kustomize, complaint.of_helm])
def test_a_complaint_at_length_holds_nobody_up(tmp_path: Path, piece: str, what: Complaint) -> None:
    said = "Error: a" + piece * (MOST // len(piece)) + "b"
    begun = time.process_time()

    failed = what(said, tmp_path, "o")

    assert time.process_time() - begun < HANGS
    assert len(failed.message) <= complaint.LONGEST + 200


def test_a_stack_is_not_shown(tmp_path: Path) -> None:
    said = "fatal error: out of luck\n\nruntime stack:\nruntime.throw(0x1)\n"

    assert re.fullmatch("fatal error: out of luck", complaint.shown(said, tmp_path))
