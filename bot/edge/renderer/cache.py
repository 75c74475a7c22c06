"""Rendered text by the key of all that it came from: it can never be out of date, only no longer wanted.

A file each, replaced at once, so that processes may share the directory and a crash leaves nothing half. diskcache,
which would do as much, reads pickles, and has had no release for years.
"""

import itertools
import os
import tempfile
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

BUDGET = 1 << 30
"""Bytes."""
_TIDY_EVERY = 200
_LARGEST = 256 << 20


@dataclass(frozen=True, slots=True)
class Cache:
    """A directory of renderings."""

    directory: Path
    budget: int = BUDGET
    _written: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def get(self, key: str) -> str | None:
        """Return what was kept; None where there is nothing, or what is there is not whole."""
        place = self._place(key)
        with suppress(OSError, zlib.error):
            unpacking = zlib.decompressobj()
            text = unpacking.decompress(place.read_bytes(), _LARGEST)
            os.utime(place)
            return text.decode(errors="surrogateescape") if unpacking.eof else None
        return None

    def put(self, key: str, text: str) -> None:
        """Keep a rendering, readable by nobody else since there may be Secrets in it; a full disk is no failure."""
        place = self._place(key)
        with suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=place.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(zlib.compress(text.encode(errors="surrogateescape"), 1))
            Path(name).replace(place)
        if next(self._written) % _TIDY_EVERY == 0:
            self.tidy()

    def tidy(self) -> None:
        """Remove what was not used for longest, until the rest is within the budget."""
        with suppress(FileNotFoundError):
            files = [(place.stat(), place) for place in self.directory.glob("??/*")]
            total = sum(status.st_size for status, _ in files)
            for status, place in sorted(files, key=lambda one: one[0].st_mtime):
                if total <= self.budget:
                    return
                place.unlink(missing_ok=True)
                total -= status.st_size

    def _place(self, key: str) -> Path:
        return self.directory / key[:2] / key[2:]
