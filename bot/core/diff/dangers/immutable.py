"""Fields that Kubernetes refuses to change: the sync fails, or the object has to be deleted first.

Which those are is written in the API's validation (`ValidateStatefulSetUpdate` and its neighbours in
https://github.com/kubernetes/kubernetes/tree/master/pkg/apis). A field that is spelled out as what it is by default
does not change.
"""

from collections.abc import Iterator

from bot.core.diff.dangers.effect import Effect, word
from bot.core.diff.dangers.quantity import smaller
from bot.core.diff.tree import Tree, at, mapping
from bot.core.manifests import Danger
from bot.core.words.markdown import code

_FIELDS = {
    ("apps", "DaemonSet"): ("spec.selector",),
    ("apps", "Deployment"): ("spec.selector",),
    ("apps", "ReplicaSet"): ("spec.selector",),
    ("batch", "Job"): ("spec.completionMode", "spec.podFailurePolicy", "spec.selector", "spec.template"),
    ("", "Service"): ("spec.clusterIP",),
    ("", "Secret"): ("type",),
    ("storage.k8s.io", "StorageClass"): ("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"),
    ("scheduling.k8s.io", "PriorityClass"): ("preemptionPolicy", "value"),
    ("networking.k8s.io", "IngressClass"): ("spec.controller",),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("roleRef",),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("roleRef",),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): ("spec.group", "spec.names", "spec.scope"),
}
_ONLY_MUTABLE = {
    ("apps", "StatefulSet"): frozenset({
        *("minReadySeconds", "ordinals", "persistentVolumeClaimRetentionPolicy", "replicas", "revisionHistoryLimit"),
        *("template", "updateStrategy"),
    }),
    ("", "PersistentVolumeClaim"): frozenset({"resources", "volumeAttributesClassName"}),
    ("", "PersistentVolume"): frozenset({
        *("accessModes", "capacity", "claimRef", "mountOptions", "nodeAffinity", "persistentVolumeReclaimPolicy"),
        *("storageClassName", "volumeAttributesClassName"),
    }),
}  # fmt: skip
"""Where all of `spec` is immutable but what is named here."""
_DEFAULTS: dict[str, Tree] = {
    "spec.completionMode": "NonIndexed",
    "spec.podManagementPolicy": "OrderedReady",
    "spec.volumeMode": "Filesystem",
    "spec.clusterIP": '""',
    "preemptionPolicy": "PreemptLowerPriority",
    "reclaimPolicy": "Delete",
    "volumeBindingMode": "Immediate",
    "type": "Opaque",
}


def found(effect: Effect) -> Iterator[Danger]:
    """Tell of each field that cannot be changed."""
    if not effect.changed:
        return
    for field in _changed(effect):
        yield Danger("immutable", f"Kubernetes refuses to change {code(field)} of {effect.title}.")
    if _shrinks(effect):
        yield Danger("immutable", f"Kubernetes refuses to shrink the volume of {effect.title}.")


def _changed(effect: Effect) -> Iterator[str]:
    kind = effect.identity.group, effect.identity.kind
    fields = list(_FIELDS.get(kind, ()))
    if kind in _ONLY_MUTABLE:
        keys = mapping(effect.before.get("spec")).keys() | mapping(effect.after.get("spec")).keys()
        fields += [f"spec.{key}" for key in sorted(keys - _ONLY_MUTABLE[kind])]
    if kind in {("", "ConfigMap"), ("", "Secret")} and word(effect.before, "immutable") == "true":
        fields += ["binaryData", "data", "immutable", "stringData"]
    for field in fields:
        if _value(effect.before, field) != _value(effect.after, field):
            yield field


def _value(tree: dict[str, Tree], field: str) -> Tree | None:
    found = at(tree, *field.split("."))
    return _DEFAULTS.get(field) if found is None or found == "null" else found


def _shrinks(effect: Effect) -> bool:
    if (effect.identity.group, effect.identity.kind) != ("", "PersistentVolumeClaim"):
        return False
    old, new = (word(each, "spec", "resources", "requests", "storage") for each in (effect.before, effect.after))
    return smaller(new, old)
