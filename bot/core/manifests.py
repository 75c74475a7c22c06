"""The words of rendered manifests, and of what a change does to them, as values."""

from dataclasses import dataclass
from typing import Literal

from bot.core.model import Ignored, Sha

Kind = Literal["kustomize", "helm", "plain"]
Side = Literal["base", "head"]


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes an object the same one before and after."""

    group: str
    """The API group without its version; empty for the core group."""
    kind: str
    namespace: str
    """Empty where the manifest leaves it to Argo CD, or the object has none."""
    name: str


@dataclass(frozen=True, slots=True)
class Danger:
    """What a reviewer must not overlook."""

    rule: Literal["deletion", "crd", "immutable", "namespace", "zero", "latest", "rbac", "secret"]
    sentence: str
    """One line of Markdown, a stranger's words in code spans."""


@dataclass(frozen=True, slots=True)
class ImageChange:
    """Another tag or digest of a container image."""

    image: str
    """Without tag and digest: `ghcr.io/acme/web`."""
    before: str | None
    """What follows the image's name, as written: `v41`, `v41@sha256:...`, empty where neither tag nor digest is given.

    None where the image is new, and `after` is None where it is gone.
    """
    after: str | None

    def order(self) -> tuple[str, str, str]:
        """Return what changes of images are sorted by."""
        return self.image, self.before or "", self.after or ""


@dataclass(frozen=True, slots=True)
class Hunk:
    """Neighbouring changed lines of one object, with the lines around them."""

    before: int
    """The first line's number before, counted from 1 within the object; 0 where there is none."""
    after: int
    lines: tuple[str, ...]
    """Each begins with ' ', '-' or '+', and holds no line feed."""
    where: tuple[str, ...] = ()
    """For each line, the path of what it belongs to, items of lists by name: `spec.template.spec.containers.web`."""


@dataclass(frozen=True, slots=True)
class ObjectDiff:
    """What happens to one object; no value of a Secret is in it."""

    identity: Identity
    """As it is afterwards; for a removed object, as it was."""
    change: Literal["added", "removed", "changed", "renamed"]
    hunks: tuple[Hunk, ...]
    added: int
    """How many lines are new."""
    removed: int
    earlier_name: str = ""
    """For `renamed`, or a changed object whose generated name hash changed: its name before."""
    dangers: tuple[Danger, ...] = ()
    images: tuple[ImageChange, ...] = ()
    path: str = ""
    """The changed file that defines it, where one was found, and its line, counted from 1."""
    line: int = 0
    follows: bool = False
    """Nothing changes in it but the hashes in names of generated ConfigMaps and Secrets that it refers to."""

    @property
    def quiet(self) -> bool:
        """Whether it is enough to name it."""
        return self.follows and not self.dangers


class Overtaken(Exception):
    """What was to be rendered is wanted no more."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A rendering that did not come about."""

    side: Side
    message: str
    """The tool's own words, at most 4,000 characters."""
    path: str = ""
    """The file it complains of, where it says which; and the line, counted from 1, or 0."""
    line: int = 0


@dataclass(frozen=True, slots=True)
class OverlayDiff:
    """What happens to what one overlay, chart or directory renders to."""

    name: str
    """Its directory; for a chart that is released more than once, `directory (release)`."""
    kind: Kind
    standing: Literal["new", "deleted", "renamed", "changed"]
    objects: tuple[ObjectDiff, ...]
    failures: tuple[Failure, ...] = ()
    command: str = ""
    """How a person renders it by hand."""
    earlier_name: str = ""
    """For `renamed`: its name before."""


@dataclass(frozen=True, slots=True)
class ManifestDiff:
    """What a change does to what Argo CD will apply."""

    base: Sha
    head: Sha
    overlays: tuple[OverlayDiff, ...]
    """Those that render to something else, or failed to, by name."""
    looked_at: int
    """How many overlays there are, before or after."""
    tools: tuple[str, ...]
    """Names and versions of what rendered them: `kustomize 5.6.0 (kubectl 1.33.9)`."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One object to which a promotion does something else than reviewers saw."""

    overlay: str
    identity: Identity
    there: tuple[str, ...]
    """The added and removed lines ('+...', '-...') that only reviewers saw, in order."""
    here: tuple[str, ...]
    """Those that only the promotion brings."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """How a promotion compares with what reviewers saw one tier below."""

    tier: str
    pull: int
    """The pull request in which they saw it."""
    differences: tuple[Difference, ...]
    unknown: tuple[str, ...] = ()
    """Overlays of which nobody knows whether they do the same, for one of their renderings did not come about."""
    reason: str = ""
    """Why nobody knows of any of them, where what reviewers saw cannot be had any more."""

    @property
    def same(self) -> bool:
        """Whether it is known to do what reviewers saw, and nothing else."""
        return not (self.differences or self.unknown or self.reason)


@dataclass(frozen=True, slots=True)
class Manner:
    """How renderings are to be compared."""

    key: bytes
    """What fingerprints of secret values are keyed with, so that nobody can guess a value by its fingerprint."""
    redact: tuple[str, ...] = ()
    """Globs of further keys, and of environment variables' names, whose values are never shown: `*_TOKEN`."""
    ignore: tuple[Ignored, ...] = ()
