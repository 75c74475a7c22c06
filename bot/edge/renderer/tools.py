"""The renderers: kustomize and helm, found once, tried once, and run in the cage on a stranger's files."""

import shlex
import tempfile
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from bot.core.model import Chart, Transient
from bot.edge.renderer import borders, cage, complaint, programs
from bot.edge.renderer.cage import Cage, Done, Exceeded, Job, Limits, Unable
from bot.edge.renderer.complaint import Failed
from bot.edge.renderer.programs import Program, Unusable, environment

__all__ = ["Failed", "Tools", "find"]

KUBE_VERSION: Final = "1.34.0"
"""The cluster's version that charts are told, so that a newer helm does not render them differently."""

_TEMPLATE: Final = ("--include-crds", "--skip-tests", f"--kube-version={KUBE_VERSION}")

_INFLATING: Final = ("--enable-helm", f"--helm-kube-version={KUBE_VERSION}")

_NOT_INFLATED: Final = "this inflates Helm charts, which `render: {helm: true}` in the rules file allows"

_MISSING: Final = {
    "kustomize": "Kustomizations are not rendered: put kustomize 5 or newer, or kubectl 1.27 or newer, on PATH"
    " (https://kubectl.docs.kubernetes.io/installation/kustomize/)",
    "helm": "Charts are not rendered: put helm 3 or newer on PATH (https://helm.sh/docs/intro/install/)",
}

_LIMITS: Final = Limits()

_CONFIG_MAP: Final = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: trial}\n"
_TRIAL: Final = {
    "plain/kustomization.yaml": "resources: [trial.yaml]\n",
    "plain/trial.yaml": _CONFIG_MAP,
    "inflated/kustomization.yaml": "helmCharts: [{name: trial}]\n",
    "inflated/charts/trial/Chart.yaml": "{apiVersion: v2, name: trial, version: 0.1.0}\n",
    "inflated/charts/trial/values.yaml": "{}\n",
    "inflated/charts/trial/templates/trial.yaml": _CONFIG_MAP,
}


@dataclass(frozen=True, slots=True)
class Tools:
    """What renders kustomizations and charts. Each method that does may take a minute, and runs in any thread."""

    cage: Cage
    kustomizer: Program | None = None
    helm: Program | None = None
    versions: tuple[str, ...] = ()
    """As shown to people: `kustomize 5.8.1 (kubectl 1.37.1)`, `helm 4.3.1`."""
    troubles: tuple[str, ...] = ()
    """A sentence for each thing that is missing or not isolated; plain YAML needs none of them."""

    @property
    def mark(self) -> str:
        """All that decides, besides the files, on what they render to: a part of the key of each rendering."""
        return " ".join((*self.versions, *_TEMPLATE, *_INFLATING))

    @property
    def isolation(self) -> str:
        """What keeps a stranger's files in, for whoever runs us: `seccomp, Landlock 7, namespaces`."""
        return self.cage.walls.described()

    def kustomize(self, root: Path, overlay: str, *, helm: bool, stop: threading.Event | None = None) -> str:
        """Return what a kustomization below `root` renders to; raise Failed or Transient.

        Its `helmCharts` are inflated only with `helm`, and only from charts that are in the repository. Once `stop` is
        set it ends within half a second, and so does the process.
        """
        program = self._program(self.kustomizer, "kustomize")
        borders.inside(root, overlay)
        verb = "kustomize" if program.path.name == "kubectl" else "build"
        limits = self.cage.limits
        if not helm:
            job = Job((str(program.path), verb, f"./{overlay}"), root, environment(limits))
            return self._run("kustomize", job, overlay, stop)
        inflater = self._program(self.helm, "helm").path
        flags = (*_INFLATING, f"--helm-command={inflater}")
        with tempfile.TemporaryDirectory(prefix="render-") as scratch:
            argv = (str(program.path), verb, *flags, f"./{overlay}")
            job = Job(argv, root, environment(limits, scratch), (inflater,), Path(scratch))
            return self._run("kustomize", job, overlay, stop)

    def template(self, root: Path, chart: Chart, *, stop: threading.Event | None = None) -> str:
        """Return what a chart below `root` renders to with its values; raise Failed or Transient. `stop` as above."""
        program = self._program(self.helm, "helm")
        borders.inside(root, chart.path, *chart.values)
        argv = (str(program.path), *_words(chart, before="./"))
        return self._run("helm", Job(argv, root, environment(self.cage.limits)), chart.path, stop)

    def kustomize_command(self, overlay: str, *, helm: bool) -> str:
        """Return how a person renders a kustomization by hand, in the repository's root."""
        program = self.kustomizer.shown if self.kustomizer else "kubectl kustomize"
        flags = _INFLATING if helm else ()
        return shlex.join((*program.split(), *flags, overlay))

    def template_command(self, chart: Chart) -> str:
        """Return how a person renders a chart by hand, in the repository's root."""
        return shlex.join(("helm", *_words(chart)))

    def _program(self, program: Program | None, name: Literal["kustomize", "helm"]) -> Program:
        if program is None:
            raise Failed(next((one for one in self.troubles if one.startswith(_MISSING[name][:10])), _MISSING[name]))
        return program

    def _run(self, name: Literal["kustomize", "helm"], job: Job, subject: str, stop: threading.Event | None) -> str:
        """Run a renderer; raise what came of it if that is no rendering."""
        if not self.cage.walls.landlock:
            borders.closed(job.root)
        try:
            done = self.cage.run(replace(job, stop=stop) if stop else job)
        except (Exceeded, Unable) as error:
            raise Failed(f"{name} {error}" if isinstance(error, Exceeded) else f"{name} is not run: {error}") from error
        if done.status == 0:
            return done.out.decode(errors="replace")
        raise _reason(name, done, job, subject)


def _reason(name: Literal["kustomize", "helm"], done: Done, job: Job, subject: str) -> Failed | Transient:
    """Return why nothing was rendered."""
    said = done.err.decode(errors="replace")
    for path in (*job.programs, *filter(None, (job.scratch,))):
        said = said.replace(str(path), path.name)
    if done.status < 0:
        return Transient(f"{name} was killed by signal {-done.status}; the machine may be out of memory")
    failed = (complaint.of_kustomize if name == "kustomize" else complaint.of_helm)(said, job.root, subject)
    if name == "kustomize" and not job.programs and "must specify --enable-helm" in failed.message:
        return Failed(_NOT_INFLATED, failed.path, failed.line)
    return failed


def _words(chart: Chart, before: str = "") -> tuple[str, ...]:
    """Return helm's arguments; `before` goes before each path, so that none is taken for an address or an option."""
    values = tuple(f"--values={_quoted(before + path)}" for path in chart.values)
    namespace = (f"--namespace={chart.namespace}",) if chart.namespace else ()
    return ("template", *namespace, *values, *_TEMPLATE, "--", chart.release, before + chart.path)


def _quoted(path: str) -> str:
    """Return a path as helm's option takes it, in which a comma would divide two: as a field of CSV."""
    return '"' + path.replace('"', '""') + '"' if set(path) & {",", '"'} else path


def find(limits: Limits = _LIMITS, *, trusting: bool = False) -> Tools:
    """Look for the tools, and try each in the cage; what does not work there is a trouble, never an error.

    `trusting` runs them without isolation on a machine that has none, which is for one's own files only.
    """
    made = Tools(Cage(cage.walls(), limits, trusting=trusting))
    with tempfile.TemporaryDirectory(prefix="trial-") as directory:
        for path, text in _TRIAL.items():
            (root := Path(directory)).joinpath(path).parent.mkdir(parents=True, exist_ok=True)
            root.joinpath(path).write_text(text, "utf-8")
        made = _with("kustomize", made, root)
        made = _with("helm", made, root)
        if made.kustomizer and made.helm:
            made = _with_both(made, root)
    return replace(made, troubles=(*made.cage.troubles(), *made.troubles))


def _with(name: Literal["kustomize", "helm"], made: Tools, root: Path) -> Tools:
    """Add a tool, or what is the trouble with it."""

    def attempt(program: Program) -> None:
        if name == "kustomize":
            replace(made, kustomizer=program).kustomize(root, "plain", helm=False)
        else:
            replace(made, helm=program).template(root, Chart("inflated/charts/trial", "trial"))

    try:
        program, version = programs.first(name, made.cage, root, attempt)
    except Unusable as error:
        return replace(made, troubles=(*made.troubles, f"{_MISSING[name]}{f'. {error}' if str(error) else ''}"))
    versions = (*made.versions, version)
    if name == "kustomize":
        return replace(made, kustomizer=program, versions=versions)
    return replace(made, helm=program, versions=versions)


def _with_both(made: Tools, root: Path) -> Tools:
    """See whether this kustomize can call this helm."""
    try:
        made.kustomize(root, "inflated", helm=True)
    except (Failed, Transient) as error:
        trouble = f"`helmCharts` of kustomizations are not inflated by {' and '.join(made.versions)}: {error}"
        return replace(made, troubles=(*made.troubles, trouble))
    return made
