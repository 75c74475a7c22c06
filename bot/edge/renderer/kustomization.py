"""What a kustomization names: the files and directories it reads, and what makes that uncertain.

Kustomize takes keys in any case, and YAML can bring them in from elsewhere in the file (`<<`). So keys are lower-cased,
and whatever is not one of Kustomize's own fields, as far as this list knows them, makes `whole` of it: anything at or
below the kustomization may be read (Kustomize allows no file further up), and any text may name one to build on.
https://kubectl.docs.kubernetes.io/references/kustomize/kustomization
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass

import yaml

from bot.edge.renderer.shallow import is_shallow

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""As Kustomize looks for them; more than one in a directory is an error."""

_READS_NOTHING = (
    *("apiversion", "kind", "metadata", "namespace", "nameprefix", "namesuffix", "commonlabels", "labels"),
    *("commonannotations", "generatoroptions", "images", "imagetags", "replicas", "vars", "buildmetadata"),
    "sortoptions",
)
_BASES = ("resources", "bases", "components")
_FILES = ("crds", "configurations", "patchesstrategicmerge", "patches")
_PLUGINS = ("generators", "transformers", "validators")
_CHARTS = ("helmcharts", "helmchartinflationgenerator")
_ENTRIES = {
    "patches": ("path", "patch", "target", "options"),
    "patchesjson6902": ("path", "patch", "target"),
    "replacements": ("path", "source", "targets"),
    "openapi": ("path",),
    **dict.fromkeys(
        ("configmapgenerator", "secretgenerator"),
        ("name", "namespace", "behavior", "type", "literals", "options", "files", "envs", "env"),
    ),
}
"""Fields whose entries have keys of their own, and which those are."""
_CERTAIN = frozenset((*_READS_NOTHING, *_BASES, *_FILES, *_ENTRIES))
_REMOTE = re.compile(
    r"^(?:[a-z][a-z0-9+.-]*::|[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:|(?:github\.com|gitlab\.com|bitbucket\.org)[/:])"
    r"|\.git(?:$|[/?])|[?&](?:ref|version)=",
    re.IGNORECASE,
)
_MOST_TEXTS = 10_000
_LONGEST = 4096

Entries = dict[str, object]


@dataclass(frozen=True, slots=True)
class Named:
    """What one kustomization names, relative to its directory and as written."""

    bases: tuple[str, ...] = ()
    """Files of resources, or directories with a kustomization of their own."""
    files: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    """Of those files the ones with variables that go into a Secret."""
    maybe: tuple[str, ...] = ()
    """Texts that may name a file or a directory, where that is uncertain."""
    charts: tuple[str, ...] = ()
    """Directories of charts."""
    whole: bool = False
    """Whether anything at or below its directory may be read."""
    component: bool = False
    inflates: bool = False
    """Whether it asks for Helm charts by a field of its own."""
    plugins: bool = False
    """Whether it has generators of other kinds, which may ask for Helm charts too."""


UNCERTAIN = Named(whole=True)


def read(text: str) -> Named:
    """Return what a kustomization's text names; what cannot be read may name anything."""
    try:
        data = yaml.load(text, Loader=yaml.CBaseLoader) if is_shallow(text) else None  # noqa: S506 - plain text alone
    except (yaml.YAMLError, ValueError):
        return UNCERTAIN
    if not isinstance(data, dict):
        return UNCERTAIN
    fields = _lowered(data)
    whole = not _is_certain(fields)
    return Named(
        bases=_unique(path for field in (*_BASES, *_PLUGINS) for path in _texts(fields.get(field))),
        files=_unique(_files(fields)),
        variables=_unique(_variables(fields)),
        maybe=_unique(_all_texts(data)) if whole else (),
        charts=_unique(_charts(fields)),
        whole=whole,
        component=fields.get("kind") == "Component",
        inflates=any(field in fields for field in _CHARTS),
        plugins="generators" in fields,
    )


def is_in(directory: Container[str]) -> bool:
    """Return whether a directory, by the names in it, is that of a kustomization."""
    return any(name in directory for name in NAMES)


def is_remote(path: str) -> bool:
    """Return whether Kustomize would fetch a base from elsewhere, were there no such file."""
    return _REMOTE.search(path) is not None


def _is_certain(fields: Entries) -> bool:
    known = _CERTAIN.issuperset(fields)
    return known and all(
        set(_ENTRIES[field]).issuperset(entry) for field in _ENTRIES for entry in _mappings(fields.get(field))
    )


def _files(fields: Entries) -> Iterator[str]:
    for field in _FILES:
        yield from _texts(fields.get(field))
    for field in _ENTRIES:
        for entry in _mappings(fields.get(field)):
            yield from _texts([entry.get("path"), entry.get("env")])
            yield from _texts(entry.get("envs"))
            yield from (_file(name) for name in _texts(entry.get("files")))


def _variables(fields: Entries) -> Iterator[str]:
    for entry in _mappings(fields.get("secretgenerator")):
        yield from _texts([entry.get("env")])
        yield from _texts(entry.get("envs"))


def _charts(fields: Entries) -> Iterator[str]:
    settings = next(_mappings(fields.get("helmglobals")), {})
    home = next(_texts([settings.get("charthome")]), "charts")
    for one in (chart for field in _CHARTS for chart in _mappings(fields.get(field))):
        for name in _texts([one.get("name"), one.get("chartname")]):
            place = next(_texts([one.get("charthome")]), home)
            yield f"{place}/{name}"
            yield from (f"{place}/{name}-{version}" for version in _texts([one.get("version")]))


def _file(entry: str) -> str:
    """Return the path of a generator's `key=path`."""
    return entry.partition("=")[2] or entry


def _unique(texts: Iterator[str]) -> tuple[str, ...]:
    """Return texts that can be paths, each once; what has several lines is YAML written in place."""
    return tuple(dict.fromkeys(text for text in texts if "\n" not in text and len(text) <= _LONGEST))


def _lowered(data: dict[object, object]) -> Entries:
    return {str(key).lower(): value for key, value in data.items()}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, str) and one)


def _mappings(value: object) -> Iterator[Entries]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            yield _lowered(one)


def _all_texts(data: object) -> Iterator[str]:
    """Yield texts wherever they stand, each collection looked into once, for aliases may repeat it without end."""
    ahead, seen, found = [data], set[int](), 0
    while ahead and found < _MOST_TEXTS:
        one = ahead.pop()
        if isinstance(one, str):
            found += 1
            yield one
        elif isinstance(one, dict | list) and id(one) not in seen:
            seen.add(id(one))
            ahead += one.values() if isinstance(one, dict) else one
