"""What a renderer said when it gave up, made fit to be shown: shorter, and without where on our disk it happened.

Neither tool has messages for machines; what is looked for is as kustomize 5.8 and helm 4 write it. A file is only named
if it is there. A chart may say what it likes, at length: it is shortened before it is searched, and no search looks at
anything more often than a few times, for meanwhile nothing else runs in the bot.
"""

import os
import re
from pathlib import Path
from typing import Final

from bot.edge.renderer import sources
from bot.edge.renderer.discreet import GONE, discreet
from bot.edge.renderer.kustomization import NAMES

LONGEST: Final = 4000
"""Characters of a tool's message that are shown."""
_BEGINNING: Final = 1000
_SEARCHED: Final = 16 * LONGEST
"""Characters that are searched, most of them from the end."""

_NOISE = re.compile(r"^(level=\w+ .*|Use --debug flag .*|# Warning: .*)\n?", re.MULTILINE)
_LOGGED = re.compile(r"^[EFW]\d{4} \S+ +\d+ \S+\] \"command failed\" err=<?\s*")
_HOW = re.compile(r" with env=\[[^\[\]]*+\] \(is '[^']*+' installed\?\)")
_CRASH = re.compile(r"\n[ \t]*+(?:runtime stack|goroutine \d)")
_NETWORK = re.compile(r"dial (tcp|udp|unix)|no 'git' program on path|evalsymlink failure on '[^']{0,200}?https?:/")
_DEEPER = re.compile(r"recursed accumulation of path '([^']+)'")
_IN_FILE = re.compile(r"in File: (\S+)$", re.MULTILINE)
_LINE = re.compile(r"yaml: line (\d{1,9}):")
_TEMPLATE = re.compile(r"(?:^|[\s(\"])[\w.-]+/((?:templates|charts|crds)/[^:\s()\"]+)")
_LINE_OF_TEMPLATE = re.compile(r":(\d{1,9})")
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
    text = _searchable(said, root)
    message = shown(said, root)
    deeper = _DEEPER.findall(text)
    directory = str(deeper[-1]) if deeper else overlay
    fed = sources.named(sources.parted(_plain(said, root))[1], root / directory)
    if fed:
        message = f"{message}: {', '.join(fed)}"
    if in_file := _IN_FILE.search(text):
        line = _LINE.search(text, text.rfind("\n", 0, in_file.start()) + 1, in_file.start())
        return _failed(message, root, f"{directory}/{in_file[1]}", line)
    names = (*fed, *NAMES) if len(fed) == 1 else NAMES
    mine = next((name for name in names if os.path.isfile(root / directory / name)), NAMES[0])  # noqa: PTH113
    broken = _LINE.search(text) if "invalid Kustomization" in text else None
    return _failed(message, root, f"{directory}/{mine}", broken)


def of_helm(said: str, root: Path, chart: str) -> Failed:
    """Return what helm complains of, and in which file; lines of what a template rendered to are not its own."""
    text = _searchable(said, root)
    message = shown(said, root)
    if template := _TEMPLATE.search(text):
        return _failed(message, root, f"{chart}/{template[1]}", _LINE_OF_TEMPLATE.match(text, template.end()))
    if values := _OF_CHART.search(text):
        return _failed(message, root, f"{chart}/{values[1]}", _LINE.search(text))
    if values := _VALUES.search(text):
        return _failed(message, root, values[1], _LINE.search(text))
    return _failed(message, root, f"{chart}/Chart.yaml", None)


def shown(said: str, root: Path) -> str:
    """Return a message as people may see it."""
    before, fed = sources.parted(_plain(said, root))
    text = f"{discreet(before)}{sources.wrong(fed) if fed else ''}".strip()
    if _NETWORK.search(_searchable(said, root)):
        text = f"Rendering has no network, and starts no other program: put what is remote into the repository. {text}"
    # A chain of complaints says at its end what is wrong.
    return _shortened(text, LONGEST, _BEGINNING)


def _searchable(said: str, root: Path) -> str:
    """Return what tells where a fault is, as much as is worth a search; nothing of what a generator is fed with."""
    return _shortened(sources.parted(_plain(said, root))[0], _SEARCHED, _SEARCHED // 4)


def _plain(said: str, root: Path) -> str:
    """Return a message without what says nothing, and without where on our disk it happened."""
    text = _NOISE.sub("", _LOGGED.sub("", said, count=1)).removeprefix("error: ").removeprefix("Error: ")
    if crash := _CRASH.search(text):
        text = text[: crash.start()]
    text = _HOW.sub("", text).strip()
    for place in (os.path.realpath(root), str(root)):
        text = text.replace(f"{place}/", "").replace(place, ".")
    return _above(root).sub(GONE, text)


def _above(root: Path) -> re.Pattern[str]:
    """Return what finds the directories above a tree; a stranger's path that climbs out of it goes over them."""
    places = {str(above) for place in (root, Path(os.path.realpath(root))) for above in place.parents} - {"/", "."}
    longest_first = "|".join(re.escape(place) for place in sorted(places, key=len, reverse=True))
    return re.compile(rf"(?<![\w.-])(?:{longest_first})(?![\w.-])" if places else r"(?!)")


def _shortened(text: str, longest: int, beginning: int) -> str:
    return text if len(text) <= longest else f"{text[:beginning]}\n{GONE}\n{text[beginning + 3 - longest :]}"


def _failed(message: str, root: Path, path: str, line: re.Match[str] | None) -> Failed:
    """Return the failure, naming the file if it is one of the repository's."""
    name = os.path.normpath(path)
    # A name may be too long to be asked for, which pathlib raises.
    there = not name.startswith(("/", "..")) and os.path.isfile(root / name)  # noqa: PTH113
    return Failed(message, name, int(line[1]) if line else 0) if there else Failed(message)
