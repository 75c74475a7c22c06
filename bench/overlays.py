"""A repository of overlays to be rendered: 40 applications, 5 overlays of each, 10 objects in a base."""

import resource
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.history import git

EVERY = 5
OBJECTS = 10
LINES = 16
ON_ITS_OWN = {"HOME": "/nonexistent", "GOGC": "off", "GOMEMLIMIT": "256MiB", "GOMAXPROCS": "2"}


@dataclass(frozen=True, slots=True)
class Shop:
    """The repository, and its commits by what they change."""

    folder: Path
    commits: dict[str, str]

    def names(self) -> list[str]:
        """Return the overlays' directories."""
        return sorted(path.parent.relative_to(self.folder).as_posix() for path in self.folder.glob("apps/*/e*/*.yaml"))


def shop(folder: Path, overlays: int) -> Shop:
    """Make the repository: `first`, then one overlay changed, another one besides, and every base."""
    folder.mkdir()
    git(folder, "init", "--quiet", "-b", "tier-0")
    for app in range(overlays // EVERY):
        _app(folder, app)
    made = Shop(folder, {"first": _commit(folder)})
    _overlay(folder, 0, 1, "v2")
    made.commits["one"] = _commit(folder)
    _overlay(folder, 1, 1, "v2")
    made.commits["another"] = _commit(folder)
    git(folder, "checkout", "--quiet", made.commits["first"])
    for app in range(overlays // EVERY):
        _deployment(folder, app, "info")
    made.commits["bases"] = _commit(folder)
    git(folder, "checkout", "--quiet", made.commits["first"])
    return made


def processor_time(made: Shop, kubectl: Path) -> float:
    """Return the processor seconds the renderer alone takes for every overlay, one after the other."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for name in made.names():
        subprocess.run(  # noqa: S603 - our own words
            [kubectl, "kustomize", name], cwd=made.folder, env=ON_ITS_OWN, check=True, stdout=subprocess.DEVNULL
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _app(folder: Path, app: int) -> None:
    base = folder / f"apps/a{app}/base"
    base.mkdir(parents=True)
    names = [f"o{number}.yaml" for number in range(OBJECTS)]
    (base / "kustomization.yaml").write_text("resources:\n" + "".join(f"- {name}\n" for name in names))
    _deployment(folder, app, "warning")
    data = "".join(f"  key{line}: value {line}\n" for line in range(LINES))
    for name in names[1:]:
        head = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a{app}-{name.removesuffix('.yaml')}}}\ndata:\n"
        (base / name).write_text(head + data)
    for overlay in range(EVERY):
        _overlay(folder, app, overlay, "v1")


def _deployment(folder: Path, app: int, level: str) -> None:
    (folder / f"apps/a{app}/base/o0.yaml").write_text(f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: a{app}}}
spec:
  selector: {{matchLabels: {{app: a{app}}}}}
  template:
    metadata: {{labels: {{app: a{app}}}}}
    spec:
      containers:
        - name: main
          image: registry.example.com/a{app}:v0
          env: [{{name: LOG_LEVEL, value: {level}}}]
        - {{name: side, image: "registry.example.com/side:v1"}}
""")


def _overlay(folder: Path, app: int, overlay: int, tag: str) -> None:
    place = folder / f"apps/a{app}/e{overlay}"
    place.mkdir(exist_ok=True)
    images = f"images:\n- name: registry.example.com/a{app}\n  newTag: {tag}\n"
    (place / "kustomization.yaml").write_text(f"namespace: e{overlay}\nresources:\n- ../base\n{images}")


def _commit(folder: Path) -> str:
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=Kim", "-c", "user.email=kim@example.org", "commit", "--quiet", "-m", "Change")
    return git(folder, "rev-parse", "HEAD")
