"""Repositories to measure on: as many YAML files as wished, ten to a directory, written with `git fast-import`.

The tiers have parted a long time ago, as they do, and each event adds a commit to both: a pick that finds
everything at home proves nothing.
"""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SOURCE, TARGET = "tier-0", "tier-1"
PARTED = 200
"""Commits that each tier has of its own."""
WHO = "Kim <kim@example.org>"

_ENVIRONMENT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}


def git(directory: Path, *argv: str, data: bytes = b"", **more: str) -> str:
    """Run git in a directory and return what it prints."""
    command = ["git", *argv]
    environment = {**_ENVIRONMENT, **more}
    done = subprocess.run(command, cwd=directory, env=environment, input=data, capture_output=True, check=True)  # noqa: S603 - our own words
    return done.stdout.decode().strip()


@dataclass(slots=True)
class History:
    """A bare repository whose two tiers move on when told to."""

    bare: Path
    files: int
    edits: int = field(default=0)

    @classmethod
    def create(cls, bare: Path, files: int, *, extra: str = "") -> "History":
        """Write the files, and both tiers; `extra` is the text of a rules file."""
        bare.mkdir(parents=True)
        git(bare, "init", "--quiet", "--bare", "-b", SOURCE, "--template=", ".")
        for name, value in (("http.receivepack", "true"), ("gc.auto", "0"), ("receive.autogc", "false")):
            git(bare, "config", name, value)
        made = cls(bare, files)
        made._import(made._first(extra))  # noqa: SLF001 - our own
        for _ in range(PARTED):
            made.edits += 1
        made._import("".join(made._edit(branch, n) for n in range(PARTED) for branch in (SOURCE, TARGET)))  # noqa: SLF001 - our own
        git(bare, "-c", "repack.writeBitmaps=true", "repack", "-adq")
        return made

    def move_on(self) -> tuple[str, str]:
        """Commit to both tiers; return the commit of the lower to be picked, and the tip of the upper."""
        self.edits += 1
        self._import(self._edit(TARGET, self.edits + 7) + self._edit(SOURCE, self.edits))
        source, target = git(self.bare, "rev-parse", SOURCE, TARGET).split()
        return source, target

    def _import(self, stream: str) -> None:
        git(self.bare, "fast-import", "--quiet", data=stream.encode())

    def _first(self, extra: str) -> str:
        rules = f"M 644 inline .github/tierkeeper.yml\n{_data(extra)}" if extra else ""
        files = "".join(f"M 644 inline {path(n)}\n{_data(text(n, 0))}" for n in range(self.files))
        return f"{_commit(SOURCE, 'Begin')}{rules}{files}\nreset refs/heads/{TARGET}\nfrom refs/heads/{SOURCE}\n\n"

    def _edit(self, branch: str, turn: int) -> str:
        """Change one file: even ones in the lower tier, odd ones in the upper, so that no pick conflicts."""
        number = (turn * 2 + (branch == TARGET)) * 7919 % self.files
        number += (number + (branch == TARGET)) % 2
        number %= self.files - self.files % 2
        body = text(number, self.edits * 1000 + turn)
        parent = f"from refs/heads/{branch}^0\n"
        return f"{_commit(branch, f'Edit {turn}')}{parent}M 644 inline {path(number)}\n{_data(body)}\n"


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
