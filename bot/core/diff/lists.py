"""In which lists the order of items says nothing, and what tells their items apart there.

These are the lists that Kubernetes merges by key (`patchMergeKey` in its API), less those in which order has a meaning:

- `initContainers` run one after the other; `command` and `args` are read in order; of `envFrom` the last wins;
- `env`, where a value refers to another variable: `$(NAME)` knows only those that stand before it;
- webhooks that change objects are called in order, webhooks that only look are not;
- a list in which a key is missing or stands twice: whatever it means, it is not for us to sort.

Every other list keeps its order: Kubernetes replaces it as a whole, and of a stranger's resource we know nothing.
"""

from collections.abc import Mapping

from bot.core.diff.tree import Tree

_POD = {
    "containers": ("name",),
    "ephemeralContainers": ("name",),
    "hostAliases": ("ip",),
    "imagePullSecrets": ("name",),
    "resourceClaims": ("name",),
    "schedulingGates": ("name",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "volumes": ("name",),
}
_CONTAINER = {
    "env": ("name",),
    "ports": ("containerPort", "protocol"),
    "volumeDevices": ("devicePath",),
    "volumeMounts": ("mountPath",),
}
_CONTAINERS = frozenset({"containers", "initContainers", "ephemeralContainers"})
_OBJECT = {
    ("Service", "spec", "ports"): ("port", "protocol"),
    ("ServiceAccount", "", "imagePullSecrets"): ("name",),
    ("ServiceAccount", "", "secrets"): ("name",),
    ("ValidatingWebhookConfiguration", "", "webhooks"): ("name",),
}
_DEFAULTS = {"protocol": "TCP"}

Keyed = dict[tuple[str, ...], Tree]


def fields(kind: str, path: str, key: str, parent: Mapping[str, Tree]) -> tuple[str, ...]:
    """Return what tells the items of a list apart; nothing where their order counts.

    `path` is that of the mapping in which the list stands.
    """
    found = _OBJECT.get((kind, path, key)) or (("uid",) if (path, key) == ("metadata", "ownerReferences") else ())
    if not found and key in _POD and "containers" in parent:
        found = _POD[key]
    if not found and key in _CONTAINER and path.split(".")[-2:-1] and path.split(".")[-2] in _CONTAINERS:
        found = _CONTAINER[key]
    return found


def keyed(items: list[Tree], names: tuple[str, ...]) -> Keyed | None:
    """Return the items by what tells them apart; None where that cannot be done or order counts."""
    found: Keyed = {}
    for item in items:
        if not isinstance(item, dict):
            return None
        key = tuple(value if isinstance(value := item.get(name), str) else _DEFAULTS.get(name, "") for name in names)
        if not key[0] or key in found or "$(" in str(item.get("value", "")):
            return None
        found[key] = item
    return found
