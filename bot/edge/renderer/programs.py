"""Which programs are there to render with, and of which version."""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, cast

from bot.core.model import Transient
from bot.edge.renderer.cage import Cage, Exceeded, Job, Limits, Unable
from bot.edge.renderer.complaint import Failed

OLDEST: Final = {"kustomize": 5, "helm": 3}
"""The oldest major version of each that we render with; kustomize 4 takes ten times as long."""

_VERSION = re.compile(r"v(\d+)\.(\d+)\.(\d+)[\w.-]*")


def environment(limits: Limits, home: str = "/nonexistent") -> dict[str, str]:
    """Return all a renderer learns of where it runs.

    A rendering ends before garbage matters, so none is collected (a quarter less processor time) until there is a
    quarter of the memory it may take. https://pkg.go.dev/runtime#hdr-Environment_Variables
    """
    return {
        "HOME": home,
        "TMPDIR": home,
        "TZ": "UTC",
        "GOGC": "off",
        "GOMEMLIMIT": str(limits.memory // 4),
        "GOMAXPROCS": "2",
    }


class Unusable(Exception):
    """A program that is not what its name says; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program that can render, or one that looks so."""

    path: Path
    name: Literal["kustomize", "helm"]
    """What it is to us; kubectl is a kustomize."""

    @property
    def shown(self) -> str:
        """How people call it, with the word that renders kustomizations."""
        return {"kubectl": "kubectl kustomize", "kustomize": "kustomize build"}.get(self.path.name, self.path.name)

    def version(self, cage: Cage, root: Path) -> str:
        """Return its version as shown to people; Unusable if it has none, or one that is too old."""
        asks = {"kubectl": ("version", "--client", "-o", "json"), "kustomize": ("version",)}
        done = cage.run(
            Job((str(self.path), *asks.get(self.path.name, ("version", "--short"))), root, environment(cage.limits))
        )
        said = done.out.decode(errors="replace")
        if done.status:
            raise Unusable(done.err.decode(errors="replace").strip()[:300] or f"it ended with {done.status}")
        of_kubectl = self.path.name == "kubectl"
        text = str(_json(said).get("kustomizeVersion")) if of_kubectl else said
        found = _VERSION.search(text)
        if found is None:
            raise Unusable("it does not tell its version")
        shown = f"{self.name} {found[0][1:]}"
        if int(found[1]) < OLDEST[self.name]:
            raise Unusable(f"{shown} is too old: {OLDEST[self.name]} or newer is needed")
        return f"{shown} (kubectl {_json(said)['clientVersion']['gitVersion'][1:]})" if of_kubectl else shown


def candidates(name: Literal["kustomize", "helm"]) -> Iterator[Program]:
    """Yield what may be that program: beside our Python first, then along PATH."""
    names = ("kustomize", "kubectl") if name == "kustomize" else (name,)
    for directory in (str(Path(sys.executable).parent), *os.environ.get("PATH", os.defpath).split(os.pathsep)):
        for one in names:
            if found := shutil.which(one, path=directory):
                yield Program(Path(found).absolute(), name)


def first(
    name: Literal["kustomize", "helm"], cage: Cage, root: Path, trial: Callable[[Program], object]
) -> tuple[Program, str]:
    """Return the first program of that name that passes a trial, and its version; Unusable says what became of them."""
    faults = []
    for program in candidates(name):
        try:
            version = program.version(cage, root)
            trial(program)
        except (Exceeded, Failed, Transient, Unable, Unusable, OSError) as error:
            faults.append(f"{program.path} does not do: {error}")
        else:
            return program, version
    raise Unusable("; ".join(faults))


def _json(said: str) -> dict[str, Any]:
    """Return what a program said in JSON; nothing if it did not."""
    try:
        return cast("dict[str, Any]", json.loads(said))
    except ValueError:
        return {}
