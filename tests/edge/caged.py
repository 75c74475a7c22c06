"""Python as the program in the cage: it can try more than any renderer would."""

import sys
from dataclasses import dataclass
from pathlib import Path

from bot.edge.renderer.cage import Cage, Done, Job, Limits, Walls, walls

LOADERS = tuple(
    path for path in map(Path, ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")) if path.exists()
)
"""What a program that is not static needs executed."""

PYTHON = Path(sys.executable).resolve()
LIBRARIES = (
    Path(sys.base_prefix),
    *(path for path in map(Path, ("/lib", "/lib64", "/usr/lib", "/etc/ld.so.cache")) if path.exists()),
)

HERE = walls()
FREE = Walls(seccomp=False, landlock=0, namespaces=False)

QUICK = Limits(seconds=30, cpu=20, memory=512 << 20)


@dataclass(frozen=True, slots=True)
class Caged:
    """Runs snippets below a directory."""

    root: Path
    scratch: Path | None = None
    walls: Walls = HERE
    limits: Limits = QUICK
    readable: tuple[Path, ...] = ()
    programs: tuple[Path, ...] = ()

    def python(self, snippet: str, *words: object) -> Done:
        """Run a snippet in the cage."""
        return Cage(self.walls, self.limits, trusting=self.walls == FREE).run(self.job(snippet, *words))

    def job(self, snippet: str, *words: object) -> Job:
        """Return what is to be run."""
        argv = (str(PYTHON), "-I", "-S", "-c", snippet, *map(str, words))
        readable = (*LIBRARIES, *self.readable, Path("/dev/null"))
        return Job(argv, self.root, {}, (*LOADERS, *self.programs), self.scratch, readable)
