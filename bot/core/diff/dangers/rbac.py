"""Rights: what may be done that could not be done before, and who may do it.

A right is compared with what the same object granted before. What other objects grant too is not known here, so it is
told rather once too often.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from bot.core.diff.dangers.effect import Effect, listed, titled, word
from bot.core.diff.scalars import decoded
from bot.core.diff.tree import Tree, at, items
from bot.core.manifests import Danger

_GROUP = "rbac.authorization.k8s.io"
_STEPS = 20_000
"""Rights compared at most; of a longer list only that it changed is told."""
_ADMIN = frozenset({"cluster-admin"})

_Right = tuple[str, str, str, str]
"""A group, a resource, a name (empty for all) and a verb."""


@dataclass(frozen=True, slots=True)
class _Grant:
    groups: frozenset[str]
    resources: frozenset[str]
    names: frozenset[str]
    """Empty for all."""
    verbs: frozenset[str]

    def covers(self, right: _Right) -> bool:
        group, resource, name, verb = right
        return (
            not self.groups.isdisjoint((group, "*"))
            and not self.resources.isdisjoint((resource, "*", _any_of(resource)))
            and (not self.names or name in self.names)
            and not self.verbs.isdisjoint((verb, "*"))
        )


def found(effect: Effect) -> Iterator[Danger]:
    """Tell of new rights of a role, and of new subjects of a binding."""
    if effect.identity.group != _GROUP or not effect.after:
        return
    if effect.identity.kind in {"Role", "ClusterRole"}:
        yield from _role(effect)
    elif effect.identity.kind in {"RoleBinding", "ClusterRoleBinding"}:
        yield from _binding(effect)


def _role(effect: Effect) -> Iterator[Danger]:
    olds, news = list(_grants(effect.before)), list(_grants(effect.after))
    steps = sum(len(new.groups) * len(new.resources) * max(1, len(new.names)) * len(new.verbs) for new in news)
    if steps * (len(olds) + 1) > _STEPS:
        if olds != news:
            yield Danger("rbac", f"{effect.title} changes; it has too many rules to compare.")
        return
    fresh = {right for new in news for right in _rights(new) if not any(old.covers(right) for old in olds)}
    if fresh:
        said = dict.fromkeys(_said(right) for right in sorted(fresh) if fresh.isdisjoint(_wider(right)))
        yield Danger("rbac", f"{effect.title} grants {listed(said)}.")


def _grants(tree: Tree) -> Iterator[_Grant]:
    for rule in items(at(tree, "rules")):
        verbs, names = _words(rule, "verbs"), _words(rule, "resourceNames")
        yield _Grant(_words(rule, "apiGroups"), _words(rule, "resources"), names, verbs)
        yield _Grant(frozenset({""}), _words(rule, "nonResourceURLs"), frozenset(), verbs)


def _rights(grant: _Grant) -> Iterator[_Right]:
    for group in grant.groups:
        for resource in grant.resources:
            for name in grant.names or {""}:
                yield from ((group, resource, name, verb) for verb in grant.verbs)


def _wider(right: _Right) -> Iterator[_Right]:
    """Yield the rights that include one and are written with more stars."""
    group, resource, name, verb = right
    for wider in product({group, "*"}, {resource, "*"}, {name, ""}, {verb, "*"}):
        if wider != right:
            yield wider


def _said(right: _Right) -> str:
    group, resource, name, verb = right
    what = f"{group}/{resource}" if group else resource
    return f"{verb} {what} {name}".rstrip()


def _any_of(resource: str) -> str:
    """Return what stands for a subresource of any resource: `*/scale`."""
    return f"*/{resource.partition('/')[2]}" if "/" in resource else "*"


def _binding(effect: Effect) -> Iterator[Danger]:
    role = titled(word(effect.after, "roleRef", "kind"), word(effect.after, "roleRef", "name"))
    olds = {_subject(each) for each in items(at(effect.before, "subjects"))}
    news = dict.fromkeys(_subject(each) for each in items(at(effect.after, "subjects")))
    old_role, new_role = at(effect.before, "roleRef"), at(effect.after, "roleRef")
    fresh = sorted(news if old_role != new_role else news.keys() - olds)
    if fresh:
        admin = word(effect.after, "roleRef", "name") in _ADMIN
        more = ", **with which they may do everything**" if admin else ""
        yield Danger("rbac", f"{effect.title} gives {role} to {listed(fresh)}{more}.")


def _subject(tree: Tree) -> str:
    space, name = word(tree, "namespace"), word(tree, "name")
    return f"{word(tree, 'kind')} {space}/{name}" if space else f"{word(tree, 'kind')} {name}"


def _words(tree: Tree, key: str) -> frozenset[str]:
    return frozenset(decoded(each) for each in items(at(tree, key)) if isinstance(each, (str, tuple)))
