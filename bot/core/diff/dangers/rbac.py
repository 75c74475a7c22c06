"""Rights: what may be done that could not be done before, and who may do it.

A right is compared with what the same object granted before. What other objects grant too is not known here, so it is
told rather once too often.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from bot.core.diff.dangers.effect import Effect, listed, titled, word
from bot.core.diff.scalars import decoded
from bot.core.diff.tree import Tree, at, items, mapping
from bot.core.manifests import Danger

_GROUP = "rbac.authorization.k8s.io"
_STEPS = 20_000
"""Rights compared at most; of a longer list only that it changed is told."""
_ADMIN = frozenset({"cluster-admin"})

_URLS = "\0"
"""Stands where others have a group: what is no resource is in none, not even in all of them."""
_AGGREGATE = f"{_GROUP}/aggregate-to-"

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
        urls = group == _URLS
        return (
            not self.groups.isdisjoint(_any_group(group))
            and (_leads(self.resources, resource) if urls else not self.resources.isdisjoint(_any_of(resource)))
            and (not self.names or name in self.names)
            and not self.verbs.isdisjoint((verb, "*"))
        )


def found(effect: Effect) -> Iterator[Danger]:
    """Tell of new rights of a role, and of new subjects of a binding."""
    if effect.identity.group != _GROUP or not effect.after:
        return
    if effect.identity.kind in {"Role", "ClusterRole"}:
        yield from _role(effect)
        yield from _aggregated(effect)
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


def _aggregated(effect: Effect) -> Iterator[Danger]:
    """Tell where a role begins to lend its rights to others, or to take those of others."""
    old, new = _lends_to(effect.before), _lends_to(effect.after)
    if fresh := sorted(new - old):
        yield Danger("rbac", f"{effect.title} adds what it grants to every role that collects for {listed(fresh)}.")
    rule = at(effect.after, "aggregationRule")
    if rule not in (None, "null", at(effect.before, "aggregationRule")):
        yield Danger("rbac", f"{effect.title} grants whatever the roles grant that its new aggregation rule selects.")


def _lends_to(tree: dict[str, Tree]) -> frozenset[str]:
    labels = mapping(at(tree, "metadata", "labels"))
    named = {decoded(key) for key, value in labels.items() if decoded(value) == "true"}
    return frozenset(name.removeprefix(_AGGREGATE) for name in named if name.startswith(_AGGREGATE))


def _grants(tree: Tree) -> Iterator[_Grant]:
    for rule in items(at(tree, "rules")):
        verbs, names = _words(rule, "verbs"), _words(rule, "resourceNames")
        yield _Grant(_words(rule, "apiGroups"), _words(rule, "resources"), names, verbs)
        yield _Grant(frozenset({_URLS}), _words(rule, "nonResourceURLs"), frozenset(), verbs)


def _rights(grant: _Grant) -> Iterator[_Right]:
    for group in grant.groups:
        for resource in grant.resources:
            for name in grant.names or {""}:
                yield from ((group, resource, name, verb) for verb in grant.verbs)


def _wider(right: _Right) -> Iterator[_Right]:
    """Yield the rights that include one and are written with more stars."""
    group, resource, name, verb = right
    for wider in product(_any_group(group), {resource, "*"}, {name, ""}, {verb, "*"}):
        if wider != right:
            yield wider


def _said(right: _Right) -> str:
    group, resource, name, verb = right
    what = f"{group}/{resource}" if group not in {"", _URLS} else resource
    return f"{verb} {what} {name}".rstrip()


def _any_group(group: str) -> set[str]:
    return {group} if group == _URLS else {group, "*"}


def _any_of(resource: str) -> set[str]:
    """Return what stands for a resource; for a subresource of any resource, `*/scale`."""
    return {resource, "*", *([f"*/{resource.partition('/')[2]}"] if "/" in resource else [])}


def _leads(patterns: frozenset[str], url: str) -> bool:
    """Return whether one of some addresses, or of beginnings that end in a star, is that of another."""
    return url in patterns or any(each.endswith("*") and url.startswith(each[:-1]) for each in patterns)


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
