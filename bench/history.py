"""Repositories to measure on: as many YAML files as wished, ten to a directory, written with `git fast-import`.

A history of up to 5,000 commits, a fifth of them since the tiers have parted; and each event adds a commit to both,
for a pick that finds everything at home proves nothing.
"""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SOURCE, TARGET = "tier-0", "tier-1"
COMMITS = 4_000
"""The most that both tiers share; a small repository has one for each ten files."""
OWN = 4
"""Each tier has one commit of its own for so many shared ones."""
WHO = "Kim <kim@example.org>"

_ENVIRONMENT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}


def git(directory: Path, *argv: str, data: bytes = b"", also: Mapping[str, str] | None = None) -> str:
    """Run git in a directory, with further variables, and return what it prints."""
    command = ["git", *argv]
    environment = {**_ENVIRONMENT, **(also or {})}
    done = subprocess.run(command, cwd=directory, env=environment, input=data, capture_output=True, check=True)  # noqa: S603 - our own words
    return done.stdout.decode().strip()


@dataclass(slots=True)
class History:
    """A bare repository whose two tiers move on when told to."""

    bare: Path
    files: int
    edits: int = 0
    events: int = 0

    @classmethod
    def create(cls, bare: Path, files: int, *, extra: str = "") -> "History":
        """Write the files, and both tiers; `extra` is the text of a rules file."""
        bare.mkdir(parents=True)
        git(bare, "init", "--quiet", "--bare", "-b", SOURCE, "--template=", ".")
        for name, value in (("http.receivepack", "true"), ("gc.auto", "0"), ("receive.autogc", "false")):
            git(bare, "config", name, value)
        made = cls(bare, files)
        made._import(made._first(extra))
        shared = min(COMMITS, files // 10)
        made._import(made._edits(SOURCE, [n % (files // 4) for n in range(shared)]))
        git(bare, "update-ref", f"refs/heads/{TARGET}", SOURCE)
        for branch in (SOURCE, TARGET):
            made._import(made._edits(branch, [n % (files // 4) for n in range(shared // OWN)]))
        git(bare, "-c", "repack.writeBitmaps=true", "repack", "-adq")
        return made

    def move_on(self) -> tuple[str, str]:
        """Commit to both tiers; return the commit of the lower to be picked, and the tip of the upper."""
        self.events += 1
        fresh = self.files // 4 + self.events * 7919 % (self.files // 4)
        self._import("".join(self._edits(branch, [fresh]) for branch in (SOURCE, TARGET)))
        source, target = git(self.bare, "rev-parse", SOURCE, TARGET).split()
        return source, target

    def _import(self, stream: str) -> None:
        git(self.bare, "fast-import", "--quiet", data=stream.encode())

    def _first(self, extra: str) -> str:
        rules = f"M 644 inline .github/tierkeeper.yml\n{_data(extra)}" if extra else ""
        files = "".join(f"M 644 inline {path(n)}\n{_data(text(n, 0))}" for n in range(self.files))
        return f"{_commit(SOURCE, 'Begin')}{rules}{files}\n"

    def _edits(self, branch: str, numbers: Sequence[int]) -> str:
        """Change one file a commit: every other one belongs to the upper tier, so that no pick conflicts."""
        parents = [f"from refs/heads/{branch}^0\n", *[""] * (len(numbers) - 1)]
        return "".join(self._edit(branch, number, parent) for number, parent in zip(numbers, parents, strict=True))

    def _edit(self, branch: str, number: int, parent: str) -> str:
        number = number * 2 + (branch == TARGET)
        self.edits += 1
        content = f"M 644 inline {path(number)}\n{_data(text(number, self.edits))}\n"
        return f"{_commit(branch, f'Edit part {number}')}{parent}{content}"


def path(number: int) -> str:
    """Return where a file lies: ten to a directory, a hundred directories to an area."""
    return f"apps/area-{number // 1000}/service-{number // 10}/part-{number % 10}.yaml"


def text(number: int, version: int) -> str:
    """Return a manifest."""
    return "\n".join(_manifest(number, version))


def _manifest(number: int, version: int) -> Iterator[str]:
    yield from ("apiVersion: v1", "kind: ConfigMap", "metadata:", f"  name: part-{number}", "data:")
    yield f'  version: "{version}"'
    yield from (f"  key-{n}: value-{number * 31 + n}" for n in range(8))
    yield ""


def _commit(branch: str, message: str) -> str:
    return f"commit refs/heads/{branch}\ncommitter {WHO} 1790000000 +0900\n{_data(message)}"


def _data(content: str) -> str:
    return f"data {len(content.encode())}\n{content}\n"
