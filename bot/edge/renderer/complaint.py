"""What a renderer said when it gave up, made fit to be shown: shorter, and without where on our disk it happened.

Neither tool has messages for machines; what is looked for is as kustomize 5.8 and helm 4 write it. A file is only named
if it is there.
"""

import os
import re
from pathlib import Path
from typing import Final

LONGEST: Final = 4000
"""Characters of a tool's message that are shown."""
_BEGINNING: Final = 1000

KUSTOMIZATIONS: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")

_NOISE = re.compile(r"^(level=\w+ .*|Use --debug flag .*|# Warning: .*)\n?", re.MULTILINE)
_LOGGED = re.compile(r"^[EFW]\d{4} \S+ +\d+ \S+\] \"command failed\" err=<?\s*")
_HOW = re.compile(r" with env=\[[^\]]*\] \(is '[^']*' installed\?\)")
_CRASH = re.compile(r"\n\s*\n?(runtime stack|goroutine \d+).*", re.DOTALL)
_NETWORK = re.compile(r"dial (tcp|udp|unix)|no 'git' program on path|evalsymlink failure on '[^']*https?:/")
_DEEPER = re.compile(r"recursed accumulation of path '([^']+)'")
_IN_FILE = re.compile(r"(?:yaml: line (\d+): .*)?in File: (\S+)$", re.MULTILINE)
_LINE = re.compile(r"yaml: line (\d+):")
_TEMPLATE = re.compile(r"(?:^|[\s(\"])[\w.-]+/((?:templates|charts|crds)/[^:\s()\"]+)(?::(\d+))?")
_OF_CHART = re.compile(r"cannot load (Chart\.yaml|values\.yaml|\S+\.json)")
_VALUES = re.compile(r"(?:failed to parse|open) (\S+?):")


class Failed(Exception):
    """A rendering that did not come about, nor will the next time; in the tool's own words where it spoke."""

    def __init__(self, message: str, path: str = "", line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        """The file it complains of, from the repository's root, where it says which."""
        self.line = line
        """Counted from 1, or 0."""


def of_kustomize(said: str, root: Path, overlay: str) -> Failed:
    """Return what kustomize complains of, and in which file."""
    message = shown(said, root)
    deeper = _DEEPER.findall(message)
    directory = str(deeper[-1]) if deeper else overlay
    line = _LINE.search(message)
    if in_file := _IN_FILE.search(message):
        return _failed(message, root, f"{directory}/{in_file[2]}", int(in_file[1] or 0))
    mine = next((name for name in KUSTOMIZATIONS if (root / directory / name).is_file()), KUSTOMIZATIONS[0])
    broken = line is not None and "invalid Kustomization" in message
    return _failed(message, root, f"{directory}/{mine}", int(line[1]) if line and broken else 0)


def of_helm(said: str, root: Path, chart: str) -> Failed:
    """Return what helm complains of, and in which file; lines of what a template rendered to are not its own."""
    message = shown(said, root)
    if template := _TEMPLATE.search(message):
        return _failed(message, root, f"{chart}/{template[1]}", int(template[2] or 0))
    line = _LINE.search(message)
    if values := _OF_CHART.search(message):
        return _failed(message, root, f"{chart}/{values[1]}", int(line[1]) if line else 0)
    if values := _VALUES.search(message):
        return _failed(message, root, values[1], int(line[1]) if line else 0)
    return _failed(message, root, f"{chart}/Chart.yaml", 0)


def shown(said: str, root: Path) -> str:
    """Return a message as people may see it."""
    text = _NOISE.sub("", _LOGGED.sub("", said)).removeprefix("error: ").removeprefix("Error: ")
    text = _HOW.sub("", _CRASH.sub("", text)).strip()
    for place in (os.path.realpath(root), str(root)):
        text = text.replace(f"{place}/", "").replace(place, ".")
    if _NETWORK.search(text):
        text = f"Rendering has no network, and starts no other program: put what is remote into the repository. {text}"
    # A chain of complaints says at its end what is wrong.
    return text if len(text) <= LONGEST else f"{text[:_BEGINNING]}\n…\n{text[_BEGINNING + 3 - LONGEST :]}"


def _failed(message: str, root: Path, path: str, line: int) -> Failed:
    """Return the failure, naming the file if it is one of the repository's."""
    name = os.path.normpath(path)
    there = not name.startswith(("/", "..")) and (root / name).is_file()
    return Failed(message, name, line) if there else Failed(message)
