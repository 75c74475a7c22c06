"""No secret value is ever shown, and equal ones look equal."""

import base64
import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.core.diff import Unreadable, compare
from bot.core.manifests import Manner
from tests.renderings import MANNER, changed, one, same, sentences, yaml

HEAD = """
    apiVersion: v1
    kind: Secret
    metadata:
      name: db
    """


def secret(body: str) -> str:
    return yaml(HEAD) + yaml(body)


def fingerprints(before: str, after: str) -> list[str]:
    return [line.split("<secret ")[1] for line in changed(one(before, after)) if "<secret " in line]


def test_each_key_shows_a_fingerprint() -> None:
    told = one(secret("data: {password: aHVudGVyMg==, user: YQ==}"), secret("data: {password: c2VjcmV0, more: YQ==}"))

    earlier, user, more, later = (line.partition(": <secret ") for line in changed(told))
    assert [line[0] for line in (more, earlier, later, user)] == ["+  more", "-  password", "+  password", "-  user"]
    assert more[2] == user[2]
    assert len({user[2], earlier[2], later[2]}) == 3
    assert [len(line[2]) for line in (more, earlier, later, user)] == [11] * 4
    assert not any("aHVudGVyMg" in line or "hunter2" in line for line in changed(told))


def test_one_value_has_one_fingerprint_wherever_it_stands() -> None:
    encoded = fingerprints("", secret("data: {a: aHVudGVyMg==}"))
    folded = fingerprints("", secret("data:\n  a: |\n    aHVud\n    GVyMg==\n"))
    plain = fingerprints("", secret("stringData: {a: hunter2}"))
    block = fingerprints("", secret("stringData:\n  a: |-\n    hunter2"))
    variable = fingerprints(
        "", "{kind: Pod, metadata: {name: x}, spec: {containers: [{env: [{name: A_TOKEN, value: hunter2}]}]}}"
    )

    assert encoded == plain == block == variable
    assert len(encoded) == 1
    assert folded == encoded


def test_another_key_makes_other_fingerprints() -> None:
    before, after = "", secret("stringData: {a: hunter2}")

    assert changed(one(before, after)) != changed(one(before, after, Manner(b"another")))


def test_what_is_not_text_does_not_look_like_text() -> None:
    before, after = secret("stringData: {a: 'true', b: '~'}"), secret("stringData: {a: true, b: ~}")

    assert len(fingerprints(before, after)) == 3
    assert "+  b: null" in changed(one(before, after))


def test_moving_a_value_from_data_to_string_data_is_no_danger() -> None:
    told = one(secret("data: {a: aHVudGVyMg==}"), secret("stringData: {a: hunter2}"))

    assert sentences(told) == []


VALUE = "correct-horse-battery"
ENCODED = base64.b64encode(VALUE.encode()).decode()
POD = "{apiVersion: v1, kind: Pod, metadata: {name: x}, spec: %s}"
CARRIED = f"""\
apiVersion: work.open-cluster-management.io/v1
kind: ManifestWork
metadata:
  name: x
spec:
  manifests:
  - apiVersion: v1
    kind: Secret
    stringData:
      a: {VALUE}
"""


@pytest.mark.parametrize(
    "text",
    [
        secret(f"data: {{a: {ENCODED}}}"),
        secret(f"data: {{a: {VALUE}}}"),
        secret(f"data: {VALUE}"),
        secret(f"data: [{VALUE}]"),
        secret(f"stringData: {{a: {{b: {VALUE}}}}}"),
        secret(f"stringData:\n  a: |\n    x\n    {VALUE}\n"),
        secret(f"stringData: &x {{a: &y {VALUE}}}\nmore: *x\nb: *y"),
        secret(f"stringData: {{<<: {{a: {VALUE}}}, b: c}}"),
        secret(f"x: &x {{a: {VALUE}}}\ndata: {{<<: *x}}"),
        secret(f"password: {VALUE}"),
        secret(f"type: {{a: {VALUE}}}"),
        secret(f"stringData: !!binary {ENCODED}"),
        secret(f"stringData: {{a: !x {VALUE}}}"),
        secret(f"!x stringData: {{a: {VALUE}}}"),
        secret(f"stringData: {{a: {VALUE}, a: {VALUE}}}"),
        secret(f"Data: {{a: {VALUE}}}"),
        secret(f"data: {{a: {VALUE}}}").replace("v1", "stranger.example.org/v1"),
        secret(f"data: {{a: {VALUE}}}").replace("kind: Secret", "kind: !x Secret"),
        secret(f"data: {{a: {VALUE}}}").replace("kind: Secret", "kind: !!binary U2VjcmV0"),
        secret(f"data: {{a: {VALUE}}}").replace("kind: Secret", 'kind: "\\x53ecret"'),
        secret(f"data: {{a: {VALUE}}}").replace("kind: Secret", "kind: secret"),
        secret(f"data: {{a: {VALUE}}}").replace("kind: Secret", '"kind": Secret'),
        f"{{kind: List, items: [{{kind: Secret, metadata: {{name: x}}, data: {{a: {VALUE}}}}}]}}",
        f"{{kind: SecretList, items: [{{metadata: {{name: x}}, data: {{a: {VALUE}}}}}]}}",
        f"{{kind: List, metadata: {{name: y}}, items: [{{kind: Secret, metadata: {{name: x}}, data: {VALUE}}}]}}",
        f"{{kind: Bundle, metadata: {{name: y}}, items: [{{kind: Secret, metadata: {{name: x}}, data: {VALUE}}}]}}",
        f"{{kind: SecretList, metadata: {{name: y}}, items: [{{metadata: {{name: x}}, data: {{a: {VALUE}}}}}]}}",
        f"{{kind: SecretList, metadata: {{name: y}}, items: [{{data: {{a: {VALUE}}}}}]}}",
        f"{{kind: Bundle, metadata: {{name: y}}, items: [a, {{kind: Secret, stringData: {{a: {VALUE}}}}}]}}",
        POD % f"{{manifests: [{{kind: Secret, metadata: {{name: y}}, stringData: {{a: {VALUE}}}}}]}}",
        POD % f"{{manifest: {{kind: Secret, data: {{a: {ENCODED}}}}}}}",
        POD % f"{{manifest: {{!x kind: secret, stringDATA: [{VALUE}]}}}}",
        POD % f"{{manifest: {{kind: SecretList, items: [{{stringData: {{a: {VALUE}}}}}]}}}}",
        POD % f'{{manifest: {{kind: "\\x53ecret", stringData: {{a: {VALUE}}}}}}}',
        secret(f"metadata: {{name: x, annotations: {{kubectl.kubernetes.io/last-applied-configuration: '{VALUE}'}}}}"),
        POD % f"{{a: {{kubectl.kubernetes.io/last-applied-configuration: '{VALUE}'}}}}",
        POD % f'{{"kubectl.kubernetes.io/last-\\x61pplied-configuration": "{VALUE}"}}',
        secret(f"metadata: {{name: x, annotations: {{a: {VALUE}, b/c: '{VALUE}'}}}}"),
        secret(f"metadata: {{name: x, ownerReferences: [{{uid: {VALUE}}}], finalizers: [{VALUE}]}}"),
        POD % f"{{manifest: {{kind: Secret, metadata: {{name: y, annotations: {{a: {VALUE}}}}}}}}}",
        POD % f"{{secretTemplates: [{{name: x, stringData: {{p: {VALUE}}}}}]}}",
        POD % f"{{a: {{stringData: [{VALUE}]}}}}",
        secret(f"stringData: {{'{VALUE} x': y, a: b}}"),
        secret(f"data: {{'{VALUE}, expected key': ''}}"),
        POD % f"{{a: {{kind: Secret, data: {{'{VALUE} x': y}}}}}}",
        POD % f'{{a: \'{{"kind":"Secret","data":{{"p":"{VALUE}"}}}}\'}}',
        POD % f'{{a: "{{\\"kind\\": \\"Secret\\", \\"stringData\\": {{\\"p\\": \\"{VALUE}\\"}}}}"}}',
        POD % f'{{a: "kind: Secret\\nstringData:\\n  p: {VALUE}\\n"}}',
        POD % f"[a, 'kind: Secret, data: {{p: {VALUE}}}']",
        f"{{kind: ConfigMap, metadata: {{name: x}}, data: {{a: 'kind: SecretList, data: {VALUE}'}}}}",
        f"kind: ConfigMap\nmetadata: {{name: x}}\ndata:\n  s.yaml: |\n    kind: Secret\n    data:\n      p: {VALUE}\n",
        POD % f"{{A_TOKEN: {VALUE}}}",
        POD % f"{{a_token: {{b: [{VALUE}, {{c: {VALUE}}}]}}}}",
        POD % f'{{"a_tok\\x65n": {VALUE}}}',
        POD % f"{{!x A_TOKEN: {VALUE}}}",
        POD % f"{{containers: [{{env: [{{name: DB_TOKEN, value: {VALUE}}}]}}]}}",
        POD % f"[[{{name: DB_TOKEN, value: [{VALUE}]}}]]",
    ],
)
@pytest.mark.parametrize("canonical", [True, False])
def test_a_value_is_hidden_however_it_is_written(text: str, *, canonical: bool) -> None:
    found = [
        *compare("", text, MANNER, canonical=canonical),
        *compare(
            text,
            text.replace("horse", "mouse").replace("Y29ycmVjdC1ob3JzZS", "Y29ycmVjdC1tb3VzZS"),
            MANNER,
            canonical=canonical,
        ),
    ]

    assert len(found) == 2
    assert not any(each in repr(found) for each in ("horse", "mouse", ENCODED[8:-4]))


def test_kustomize_s_own_text_is_searched_too() -> None:
    text = yaml(
        f"""
        apiVersion: v1
        kind: Service
        metadata:
          annotations:
            kubectl.kubernetes.io/last-applied-configuration: {VALUE}
            A_TOKEN: {VALUE}
          name: x
        spec:
          kubectl.kubernetes.io/last-applied-configuration:
          - {VALUE}
        """
    )

    plain = text.replace("kubectl.kubernetes.io/last-applied-configuration", "x")

    assert VALUE not in repr(compare("", text, MANNER, canonical=True))
    assert repr(compare("", plain, Manner(b""), canonical=True)).count(VALUE) == 3
    assert repr(compare("", text, Manner(b""), canonical=True)).count(VALUE) == 1


@pytest.mark.parametrize("kind", ["kind: Secret", 'kind: "\\x53ecret"', "kind: |-\n      Secret", "'kind': SECRET"])
@pytest.mark.parametrize("canonical", [True, False])
def test_what_is_carried_for_others_is_hidden_where_the_rules_hide_nothing(kind: str, *, canonical: bool) -> None:
    text = CARRIED.replace("kind: Secret", kind)

    assert VALUE not in repr(compare("", text, Manner(b""), canonical=canonical))


def test_what_is_carried_for_others_shows_a_fingerprint() -> None:
    told = one(CARRIED, CARRIED.replace("horse", "mouse"), canonical=True)

    assert [line.partition("secret ")[0] for line in changed(told)] == ["-      a: <", "+      a: <"]


def test_what_a_secret_is_and_its_labels_are_shown() -> None:
    text = secret("type: Opaque\nimmutable: true").replace("name: db", "name: db\n  labels:\n    a: b")

    told = changed(one("", text, canonical=True))

    assert not any("<" in line for line in told)
    assert {"+type: Opaque", "+immutable: true", "+    a: b"} <= set(told)


def test_a_key_that_is_none_shows_a_fingerprint() -> None:
    told = one("", secret(f"stringData: {{'{VALUE} x': y, a.b-c_D: z}}"))

    lines = [line.partition(" <")[0] for line in changed(told) if "<secret" in line]
    assert [line.partition("<key ")[0] for line in lines] == ["+ ", "+  a.b-c_D:"]
    assert "`<key " in sentences(told)[0]


def test_a_text_with_a_secret_in_it_changes_by_its_fingerprint() -> None:
    before = yaml(
        """
        kind: ConfigMap
        metadata:
          name: x
        data:
          seed.yaml: |
            apiVersion: v1
            kind: Secret
            stringData:
              p: hunter2
          other: a
        """
    )

    told = changed(one(before, before.replace("hunter2", "hunter3").replace("other: a", "other: b"), canonical=True))

    assert [line.partition("secret ")[0] for line in told] == [
        "-  other: a",
        "-  seed.yaml: <",
        "+  other: b",
        "+  seed.yaml: <",
    ]


@pytest.mark.parametrize(
    "text", ["kind: Secret, jsonPointers: [/data]", "use kind: ConfigMap with data: x", "kind: Secretary, data: {a: b}"]
)
def test_a_text_that_only_speaks_of_secrets_is_shown(text: str) -> None:
    before = POD % f"{{a: '{text} old'}}"

    assert changed(one(before, before.replace("old", "new")))[0] == f"-  a: '{text} old'"


def test_what_only_refers_to_a_secret_is_shown() -> None:
    before = POD % "{ref: {kind: Secret, name: a, key: b}}"

    assert changed(one(before, before.replace("key: b", "key: c"))) == ["-    key: b", "+    key: c"]


@pytest.mark.parametrize("kind", ["SealedSecret", "ExternalSecret", "ConfigMap"])
def test_what_only_resembles_a_secret_is_shown(kind: str) -> None:
    before = f"{{kind: {kind}, metadata: {{name: x}}, data: {{a: b}}}}"

    assert changed(one(before, before.replace("b}", "c}"))) == ["-  a: b", "+  a: c"]


def test_what_an_object_is_called_is_never_hidden() -> None:
    manner = Manner(b"", redact=("*",))

    told = one("", "{apiVersion: v1, kind: ConfigMap, metadata: {name: x, namespace: y, labels: {a: b}}}", manner)

    assert [line for line in changed(told) if "secret" not in line] == [
        "+apiVersion: v1",
        "+kind: ConfigMap",
        "+metadata:",
        "+  labels:",
        "+  name: x",
        "+  namespace: y",
    ]


def test_a_changed_secret_value_is_a_difference() -> None:
    assert same(secret("stringData: {a: b}"), secret("stringData: {a: 'b'}"))
    assert not same(secret("stringData: {a: b}"), secret("stringData: {a: c}"))


@pytest.mark.parametrize("text", [secret("stringData: {a: correct-horse: x}"), secret("data: {a: *correct-horse}")])
def test_what_cannot_be_read_is_not_quoted(text: str) -> None:
    with pytest.raises(Unreadable) as refused:
        compare("", text, MANNER, canonical=False)

    assert "horse" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


values = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL0123456789 :#'\"\\\n-{}é", min_size=12, max_size=40)


@given(values, values, st.booleans(), st.sampled_from(["data", "stringData", "variable", "key", "last applied"]))
def test_generated_values_are_hidden(before: str, after: str, canonical: bool, where: str) -> None:  # noqa: FBT001
    for value in (before, after):
        assume(len(set(value)) > 8)
    texts = [json.dumps(holding(value, where), indent=1) for value in (before, after)]

    found = repr(compare(texts[0], texts[1], MANNER, canonical=canonical)) + repr(
        compare("", texts[1], MANNER, canonical=canonical)
    )

    for value in (before, after):
        for trace in (value, repr(value)[1:-1], json.dumps(value)[1:-1], base64.b64encode(value.encode()).decode()):
            assert trace not in found
        assert not any(line.strip() in found for line in value.split("\n") if len(line.strip()) > 9)


def holding(value: str, where: str) -> dict[str, Any]:
    """Return an object with a secret value."""
    meta: dict[str, Any] = {"name": "x"}
    match where:
        case "data":
            return {"kind": "Secret", "metadata": meta, "data": {"a": base64.b64encode(value.encode()).decode()}}
        case "stringData":
            return {"kind": "Secret", "metadata": meta, "stringData": {"a": value}}
        case "variable":
            return {"kind": "Pod", "metadata": meta, "spec": [{"name": "a_TOKEN", "value": value}]}
        case "key":
            return {"kind": "Pod", "metadata": meta, "spec": {"MY_TOKEN": [value, {"a": value}]}}
        case _:
            meta["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": value}
            return {"kind": "Pod", "metadata": meta}
