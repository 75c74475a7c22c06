"""What a reviewer must not overlook."""

import pytest

from bot.core.diff import compare
from bot.core.diff.dangers.quantity import smaller
from tests.renderings import MANNER, one, sentences

WITH_IT = "its volume, and the data on it, may go with it"
ADMIN = "with which they may do everything"
APPS, RBAC = "apps/v1", "rbac.authorization.k8s.io/v1"


def manifest(kind: str, body: str = "", version: str = "v1", meta: str = "") -> str:
    """Return an object in one line."""
    return f"{{apiVersion: {version}, kind: {kind}, metadata: {{name: x{meta}}}{body}}}\n"


def told(before: str, after: str) -> list[str]:
    return sentences(one(before, after))


@pytest.mark.parametrize(
    ("kind", "version", "sentence"),
    [
        ("ConfigMap", "v1", "deletion: `ConfigMap` `x` is deleted."),
        ("Namespace", "v1", "namespace: `Namespace` `x` is deleted, **and everything in it**."),
        (
            "PersistentVolumeClaim",
            "v1",
            "deletion: `PersistentVolumeClaim` `x` is deleted: **its volume, and the data on it, may go with it**.",
        ),
        ("PersistentVolume", "v1", "deletion: `PersistentVolume` `x` is deleted: **the data on it may go with it**."),
        (
            "StatefulSet",
            APPS,
            "deletion: `StatefulSet` `x` is deleted: **all its pods stop, and its volumes are left without an owner**.",
        ),
        (
            "CustomResourceDefinition",
            "apiextensions.k8s.io/v1",
            "crd: `CustomResourceDefinition` `x` is deleted, **and every object of its kind**.",
        ),
        ("Secret", "v1", "deletion: `Secret` `x` is deleted."),
    ],
)
def test_a_deletion_tells_what_goes_with_it(kind: str, version: str, sentence: str) -> None:
    assert told(manifest(kind, version=version), "") == [sentence]


def test_a_rename_is_a_deletion() -> None:
    before = manifest("PersistentVolumeClaim", ", spec: {a: 1, b: 2, c: 3, d: 4, e: 5}")

    assert told(before, before.replace("name: x", "name: '@y'")) == [
        f"deletion: `PersistentVolumeClaim` `x` is deleted: **{WITH_IT}**; `@y` is created in its place."
    ]


def test_a_move_to_another_namespace_is_no_mere_deletion() -> None:
    a, b, none = (manifest("ConfigMap", meta=meta) for meta in (", namespace: a", ", namespace: b", ""))

    moves = [
        [sentence for each in compare(*sides, MANNER, canonical=False) for sentence in sentences(each)]
        for sides in ((a, b), (none, b), (a, none))
    ]

    assert moves == [
        ["namespace: `ConfigMap` `x` is deleted in `a`, and created in `b`."],
        ["namespace: `ConfigMap` `x` is deleted in the application's own namespace, and created in `b`."],
        ["namespace: `ConfigMap` `x` is deleted in `a`, and created in the application's own namespace."],
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("{versions: [{name: v1}], x: 1}", "{versions: [{name: v1}], x: 2}", ["changes, for all objects of its kind."]),
        (
            "{versions: [{name: v1}, {name: v2}, {name: v3}]}",
            "{versions: [{name: v3}]}",
            ["loses `v1`, `v2`: objects stored in such a version cannot be read any more."],
        ),
        (
            "{versions: [{name: v1, served: true}, {name: v2}]}",
            "{versions: [{name: v1, served: false}, {name: v2, served: true}]}",
            ["no longer serves `v1`."],
        ),
        (
            "{versions: [{name: v1, storage: true}, {name: v2, storage: false}]}",
            "{versions: [{name: v1, storage: false}, {name: v2, storage: true}]}",
            ["stores objects as `v2` instead of `v1`."],
        ),
        (
            "{versions: [{name: v1}]}",
            "{versions: [{name: v1, storage: true}]}",
            ["stores objects as `v1` instead of nothing."],
        ),
        (
            "{versions: [{name: v1, storage: true}]}",
            "{versions: [{name: v1}]}",
            ["stores objects as nothing instead of `v1`."],
        ),
    ],
)
def test_a_changed_definition_concerns_stored_objects(before: str, after: str, expected: list[str]) -> None:
    sides = [
        manifest("CustomResourceDefinition", f", spec: {spec}", "apiextensions.k8s.io/v1") for spec in (before, after)
    ]

    assert told(*sides) == [f"crd: `CustomResourceDefinition` `x` {sentence}" for sentence in expected]


@pytest.mark.parametrize(
    ("kind", "version", "before", "after", "field"),
    [
        ("StatefulSet", APPS, "spec: {serviceName: a}", "spec: {serviceName: b}", "spec.serviceName"),
        ("StatefulSet", APPS, "spec: {volumeClaimTemplates: [a]}", "spec: {}", "spec.volumeClaimTemplates"),
        ("StatefulSet", APPS, "spec: {}", "spec: {podManagementPolicy: Parallel}", "spec.podManagementPolicy"),
        ("StatefulSet", APPS, "spec: {selector: {a: b}}", "spec: {selector: {a: c}}", "spec.selector"),
        ("Deployment", APPS, "spec: {selector: {a: b}}", "spec: {selector: {a: c}}", "spec.selector"),
        ("DaemonSet", APPS, "spec: {selector: {a: b}}", "spec: {selector: {a: c}}", "spec.selector"),
        ("Job", "batch/v1", "spec: {template: {a: b}}", "spec: {template: {a: c}}", "spec.template"),
        (
            "PersistentVolumeClaim",
            "v1",
            "spec: {storageClassName: a}",
            "spec: {storageClassName: b}",
            "spec.storageClassName",
        ),
        ("PersistentVolume", "v1", "spec: {nfs: {path: a}}", "spec: {nfs: {path: b}}", "spec.nfs"),
        ("StorageClass", "storage.k8s.io/v1", "provisioner: a", "provisioner: b", "provisioner"),
        ("StorageClass", "storage.k8s.io/v1", "a: b", "reclaimPolicy: Retain", "reclaimPolicy"),
        ("Service", "v1", "spec: {clusterIP: None}", "spec: {}", "spec.clusterIP"),
        ("ConfigMap", "v1", "immutable: true, data: {a: b}", "immutable: true, data: {a: c}", "data"),
        ("RoleBinding", RBAC, "roleRef: {name: a}", "roleRef: {name: b}", "roleRef"),
        ("Secret", "v1", "type: a", "type: b", "type"),
    ],
)
def test_what_kubernetes_refuses_to_change_is_told(
    kind: str, version: str, before: str, after: str, field: str
) -> None:
    sides = [manifest(kind, f", {body}", version) for body in (before, after)]

    assert told(*sides) == [f"immutable: Kubernetes refuses to change `{field}` of `{kind}` `x`."]


@pytest.mark.parametrize(
    ("kind", "version", "before", "after"),
    [
        ("StatefulSet", APPS, "spec: {a: 1}", "spec: {podManagementPolicy: OrderedReady, a: 1}"),
        ("StatefulSet", APPS, "spec: {template: {a: b}}", "spec: {template: {a: c}, updateStrategy: {d: e}}"),
        ("Service", "v1", "spec: {clusterIP: ''}", "spec: {clusterIP: null}"),
        ("Service", "example.org/v1", "spec: {clusterIP: a}", "spec: {clusterIP: b}"),
        ("ConfigMap", "v1", "data: {a: b}", "data: {a: c}"),
        ("Deployment", APPS, "spec: {template: {a: b}}", "spec: {template: {a: c}}"),
        (
            "PersistentVolumeClaim",
            "v1",
            "spec: {resources: {requests: {storage: 1Gi}}}",
            "spec: {resources: {requests: {storage: 2Gi}}}",
        ),
    ],
)
def test_what_may_change_is_no_danger(kind: str, version: str, before: str, after: str) -> None:
    sides = [manifest(kind, f", {body}", version) for body in (before, after)]

    assert told(*sides) == []


def test_a_volume_cannot_shrink() -> None:
    sides = [
        manifest("PersistentVolumeClaim", f", spec: {{resources: {{requests: {{storage: {size}}}}}}}")
        for size in ("1Ti", "500Gi")
    ]

    assert told(*sides) == ["immutable: Kubernetes refuses to shrink the volume of `PersistentVolumeClaim` `x`."]


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ("1", "2"),
        ("999m", "1"),
        ("1k", "1Ki"),
        ("1Gi", "2G"),
        ("1e3", "1001"),
        (".5", "0.6"),
        ("1.", "1n1".replace("n1", "1")),
        ("1e-3", "1"),
    ],
)
def test_amounts_are_compared_by_what_they_mean(less: str, more: str) -> None:
    assert smaller(less, more)
    assert not smaller(more, less)
    assert not smaller(less, less)


@pytest.mark.parametrize("amount", ["", "1Xi", "much", "1e999", "9" * 99, "-1"])
def test_what_is_no_amount_is_not_smaller(amount: str) -> None:
    assert not smaller(amount, "1")
    assert not smaller("1", amount)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("{replicas: 2}", "{replicas: 0}", True),
        ("{}", "{replicas: 0}", True),
        ("{replicas: 2}", "{replicas: 0x0}", True),
        ("{replicas: 0}", "{replicas: 0, x: 1}", False),
        ("{replicas: 2}", "{replicas: 10}", False),
    ],
)
def test_nothing_left_running_is_told(before: str, after: str, *, expected: bool) -> None:
    sides = [manifest("Deployment", f", spec: {spec}", APPS) for spec in (before, after)]

    assert told(*sides) == (["zero: `Deployment` `x` is scaled to **0** replicas."] if expected else [])


def test_a_new_object_may_begin_with_nothing() -> None:
    assert told("", manifest("Deployment", ", spec: {replicas: 0}", APPS)) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("w:1", "w:latest", "the tag `latest`"),
        ("w:1", "w", "no tag, so it takes `latest`"),
        ("w:latest", "w:latest@sha256:ab", ""),
        ("w:latest", "w", ""),
        ("w:latest", "w:1", ""),
        ("w:1", "x:latest", "the tag `latest`"),
    ],
)
def test_an_image_that_floats_is_told(before: str, after: str, expected: str) -> None:
    sides = [manifest("Pod", f", spec: {{containers: [{{name: a, image: '{image}'}}]}}") for image in (before, after)]
    name = after.partition(":")[0]

    assert told(*sides) == (
        [f"latest: `Pod` `x`: the image `{name}` has {expected}; nobody knows what runs."] if expected else []
    )


ROLE = ", rules: [%s]"
ALL = "{apiGroups: ['*'], resources: ['*'], verbs: ['*']}"


@pytest.mark.parametrize(
    ("before", "after", "grants"),
    [
        ("{apiGroups: [a], resources: [b], verbs: [c]}", "{apiGroups: [a], resources: [b], verbs: [c, d]}", "`d a/b`"),
        ("{apiGroups: [''], resources: [b], verbs: [c]}", "{apiGroups: [''], resources: [b, e], verbs: [c]}", "`c e`"),
        ("", "{apiGroups: ['*'], resources: ['*', b], verbs: ['*', get]}", "`* */*`"),
        ("{apiGroups: ['*'], resources: ['*'], verbs: ['*']}", "{apiGroups: [a], resources: [b/c], verbs: [d]}", ""),
        ("{apiGroups: [a], resources: ['*/c'], verbs: [d]}", "{apiGroups: [a], resources: [b/c], verbs: [d]}", ""),
        (
            "{apiGroups: [a], resources: [b], verbs: [c]}",
            "{apiGroups: [a], resources: [b], verbs: [c], resourceNames: [d]}",
            "",
        ),
        (
            "{apiGroups: [a], resources: [b], verbs: [c], resourceNames: [d]}",
            "{apiGroups: [a], resources: [b], verbs: [c]}",
            "`c a/b`",
        ),
        ("", "{apiGroups: [a], resources: [b], verbs: [c], resourceNames: [d]}", "`c a/b d`"),
        (
            "{apiGroups: [a], resources: [b, c], verbs: [d]}",
            "{apiGroups: [a], resources: [b], verbs: [d]}, {apiGroups: [a], resources: [c], verbs: [d]}",
            "",
        ),
        ("", "{nonResourceURLs: [/metrics], verbs: [get]}", "`get /metrics`"),
        (ALL, f"{ALL}, {{nonResourceURLs: ['*'], verbs: ['*']}}", "`* *`"),
        ("", f"{ALL}, {{nonResourceURLs: ['*'], verbs: ['*']}}", "`* *`, `* */*`"),
        ("{nonResourceURLs: ['*'], verbs: ['*']}", "{nonResourceURLs: [/a], verbs: [get]}", ""),
        ("{nonResourceURLs: [/a/*], verbs: [get]}", "{nonResourceURLs: [/a/b], verbs: [get]}", ""),
        ("{nonResourceURLs: [/a/*], verbs: [get]}", "{nonResourceURLs: [/ab], verbs: [get]}", "`get /ab`"),
        (
            "",
            "{apiGroups: [''], resources: [a], verbs: [b, c, d, e, f, g, h]}",
            "`b a`, `c a`, `d a`, `e a`, `f a` and 2 more",
        ),
    ],
)
def test_wider_rights_are_told(before: str, after: str, grants: str) -> None:
    sides = [manifest("ClusterRole", ROLE % rules, RBAC) for rules in (before, after)]

    assert told(*sides) == ([f"rbac: `ClusterRole` `x` grants {grants}."] if grants else [])


def test_a_new_role_grants_all_it_says() -> None:
    role = manifest("Role", ROLE % "{apiGroups: [''], resources: [secrets], verbs: [get]}", RBAC)

    assert told("", role) == ["rbac: `Role` `x` grants `get secrets`."]
    assert told(role, "") == ["deletion: `Role` `x` is deleted."]


LENDS = f"{RBAC.partition('/')[0]}/aggregate-to-"


@pytest.mark.parametrize(
    ("before", "after", "lent"),
    [
        ("", f"{LENDS}view: 'true'", "`view`"),
        (f"{LENDS}view: 'true'", f"{LENDS}view: 'true', {LENDS}edit: 'true', {LENDS}admin: 'true'", "`admin`, `edit`"),
        (f"{LENDS}view: 'false'", f"{LENDS}view: 'true'", "`view`"),
        (f"{LENDS}view: 'true'", "", ""),
        ("", f"{LENDS}view: 'false'", ""),
        ("", "aggregate-to-view: 'true'", ""),
    ],
)
def test_rights_that_are_lent_to_other_roles_are_told(before: str, after: str, lent: str) -> None:
    sides = [manifest("ClusterRole", "", RBAC, f", labels: {{{labels}}}") for labels in (before, after)]

    assert told(*sides) == (
        [f"rbac: `ClusterRole` `x` adds what it grants to every role that collects for {lent}."] if lent else []
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", ", aggregationRule: {a: b}", True),
        (", aggregationRule: {a: b}", ", aggregationRule: {a: c}", True),
        (", aggregationRule: {a: b}", ", aggregationRule: {a: b}, x: y", False),
        (", aggregationRule: {a: b}", "", False),
        (", aggregationRule: {a: b}", ", aggregationRule: null", False),
    ],
)
def test_rights_that_are_collected_from_other_roles_are_told(before: str, after: str, *, expected: bool) -> None:
    sides = [manifest("ClusterRole", rule, RBAC) for rule in (before, after)]

    sentence = "rbac: `ClusterRole` `x` grants whatever the roles grant that its new aggregation rule selects."
    assert told(*sides) == ([sentence] if expected else [])


def test_too_many_rules_are_not_compared() -> None:
    words = ", ".join(f"w{number}" for number in range(200))
    rules = f"{{apiGroups: [a], resources: [{words}], verbs: [{words}]}}"
    sides = [manifest("Role", ROLE % rules + more, RBAC) for more in ("", ", x: 1")]

    assert told(*sides) == []
    assert told("", sides[0]) == ["rbac: `Role` `x` changes; it has too many rules to compare."]


def test_a_new_subject_is_told() -> None:
    before = manifest(
        "ClusterRoleBinding", ", roleRef: {kind: ClusterRole, name: a}, subjects: [{kind: User, name: b}]", RBAC
    )

    sides = [before, before.replace("]", ", {kind: ServiceAccount, name: c, namespace: d}]")]

    assert told(*sides) == ["rbac: `ClusterRoleBinding` `x` gives `ClusterRole` `a` to `ServiceAccount d/c`."]
    assert told(*reversed(sides)) == []
    assert told(before, before.replace("a}", "cluster-admin}")) == [
        "immutable: Kubernetes refuses to change `roleRef` of `ClusterRoleBinding` `x`.",
        f"rbac: `ClusterRoleBinding` `x` gives `ClusterRole` `cluster-admin` to `User b`, **{ADMIN}**.",
    ]


def test_other_rights_than_roles_are_none_of_ours() -> None:
    assert told("", manifest("Stranger", ROLE % "{verbs: [a]}", RBAC)) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("data: {a: eA==}", "data: {a: eQ==}", "changes `a`"),
        ("data: {a: eA==}", "data: {b: eQ==, c: eA==}", "adds `b`, `c`, removes `a`"),
        ("data: {a: eA==}", "stringData: {a: y}", "changes `a`"),
        ("data: {a: eA==, b: eA==}", "data: {a: eA==, b: eQ==}, type: Opaque", "changes `b`"),
        ("data: {a: eA==}", "data: {a: eA==}, immutable: true", ""),
    ],
)
def test_a_secret_s_keys_are_told(before: str, after: str, expected: str) -> None:
    sides = [manifest("Secret", f", {body}") for body in (before, after)]

    assert told(*sides) == ([f"secret: `Secret` `x` {expected}."] if expected else [])


def test_a_new_secret_is_told() -> None:
    assert told("", manifest("Secret", ", data: {a: eA==}")) == ["secret: `Secret` `x` is new: it adds `a`."]
    assert told("", manifest("Secret")) == ["secret: `Secret` `x` is new."]


def test_strangers_words_cannot_act() -> None:
    before = manifest("ConfigMap").replace("name: x", 'name: "@team `#1` <b>|\\n"')

    assert told(before, "") == ["deletion: `ConfigMap` ``@team `#1` <b>\\|`` is deleted."]
