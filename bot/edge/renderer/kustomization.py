"""What a kustomization names: the files and directories it reads, and what makes that uncertain.

Only the files that Kustomize's own fields name are listed. A field that hands on to a plugin, a chart, or to something
newer than this list may read whatever lies at or below the kustomization (Kustomize allows no file further up), so
`whole` then stands for all of that. https://kubectl.docs.kubernetes.io/references/kustomize/kustomization
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""As Kustomize looks for them; more than one in a directory is an error."""

_READS_NOTHING = (
    *("apiVersion", "kind", "metadata", "namespace", "namePrefix", "nameSuffix", "commonLabels", "labels"),
    *("commonAnnotations", "generatorOptions", "images", "imageTags", "replicas", "vars", "buildMetadata"),
    "sortOptions",
)
_PLACES = ("resources", "bases", "components", "crds", "configurations")
_PLUGINS = ("generators", "transformers", "validators")
_GENERATORS = ("configMapGenerator", "secretGenerator")
_PATCHES = ("patches", "patchesJson6902", "replacements")
_CERTAIN = frozenset((*_READS_NOTHING, *_PLACES, *_GENERATORS, *_PATCHES, "patchesStrategicMerge", "openapi"))
_CHARTS = ("helmCharts", "helmChartInflationGenerator")
_REMOTE = re.compile(
    r"^(?:[a-z][a-z0-9+.-]*::|[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:|(?:github\.com|gitlab\.com|bitbucket\.org)[/:])"
    r"|\.git(?:$|[/?])|[?&](?:ref|version)=",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Named:
    """What one kustomization names, relative to its directory and as written."""

    paths: tuple[str, ...] = ()
    """Files, or directories with a kustomization of their own."""
    charts: tuple[str, ...] = ()
    """Directories of charts."""
    whole: bool = False
    """Whether anything at or below its directory may be read."""
    component: bool = False
    inflates: bool = False
    """Whether it asks for Helm charts."""


def read(text: str) -> Named:
    """Return what a kustomization's text names; what cannot be read may name anything."""
    try:
        data = yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506 - it makes nothing but text, lists and mappings
    except (yaml.YAMLError, RecursionError, ValueError):
        return Named(whole=True)
    if not isinstance(data, dict):
        return Named(whole=True)
    return Named(
        paths=tuple(dict.fromkeys(path for path in _paths(data) if "\n" not in path)),
        charts=tuple(dict.fromkeys(_charts(data))),
        whole=not _CERTAIN.issuperset(map(str, data)),
        component=data.get("kind") == "Component",
        inflates=any(field in data for field in _CHARTS),
    )


def is_remote(path: str) -> bool:
    """Return whether Kustomize would fetch this from elsewhere, were there no such file."""
    return _REMOTE.search(path) is not None


def _paths(data: dict[object, object]) -> Iterator[str]:
    for field in (*_PLACES, *_PLUGINS, "patchesStrategicMerge", "patches"):
        yield from _texts(data.get(field))
    for field in _PATCHES:
        yield from (path for one in _mappings(data.get(field)) for path in _texts([one.get("path")]))
    for field in _GENERATORS:
        for one in _mappings(data.get(field)):
            yield from (_file(name) for name in _texts(one.get("files")))
            yield from _texts(one.get("envs"))
            yield from _texts([one.get("env")])
    yield from (path for one in _mappings([data.get("openapi")]) for path in _texts([one.get("path")]))


def _charts(data: dict[object, object]) -> Iterator[str]:
    settings = next(_mappings([data.get("helmGlobals")]), {})
    home = next(_texts([settings.get("chartHome")]), "charts")
    for one in (chart for field in _CHARTS for chart in _mappings(data.get(field))):
        for name in _texts([one.get("name"), one.get("chartName")]):
            place = next(_texts([one.get("chartHome")]), home)
            yield f"{place}/{name}"
            yield from (f"{place}/{name}-{version}" for version in _texts([one.get("version")]))


def _file(entry: str) -> str:
    """Return the path of a generator's `key=path`."""
    return entry.partition("=")[2] or entry


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, str) and one)


def _mappings(value: object) -> Iterator[dict[object, object]]:
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))
