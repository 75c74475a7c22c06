"""A rules file is obeyed to the letter, or refused with every reason and its place."""

from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import rules
from bot.core.model import Chart, Ignored, Render, Rules, Tier

WHOLE = """\
version: 1
tiers:                                  # lowest first
  - {name: tier-0, branch: main}
  - name: tier-1
    merge: manual
promotion:
  strategy: cherry-pick
  skip: {labels: [no-promote], paths: ["docs/**"]}
  conflicts: comment
  sign_off: true
  reviewers: [kim, acme/sre]
render:
  paths: ["overlays/*"]
  helm: true
  charts:
    - {path: charts/Web, namespace: shop, values: [env/all.yaml]}
    - {path: ., release: all}
  redact: ["*_TOKEN"]
  ignore: [{path: "metadata.annotations.checksum/*"}]
"""
SMALL = "version: 1\ntiers: [{name: low}, {name: high}]\n"
RENDER = SMALL + "render: {"
MANY_CHARTS = ",".join(f"{{path: x{number}}}" for number in range(201))
RELEASED = "render.charts[0] is the same chart, release and namespace; give it another 'release'"
TWICE = "the key 'release' is here a second time; keep one of the two"
INSIDE = "expected a path from the root of the repository, without './' or '..'"
RELEASE = "expected lower-case letters, digits and inner '-', at most 53"
PLANNED = "is planned, and this version of Tierkeeper does not enforce it yet: it is refused rather than ignored"
NAME = "what people call the tier; part of the branch 'promote/<name>/<number>' and of the label 'tier/<name>'"
SECOND = "expected version 1, the only one this Tierkeeper reads; found 2"
ONE = "expected the number 1"
ONE_OF = "'version', 'tiers', 'promotion' or 'render'"
NOT_YAML = "this is not YAML"
ROOTED = "paths start at the root of the repository, without '/' or './'"
TEXT = "put it in quotes to make it text"
FIELD = "a glob of the field's path, keys joined by dots: 'metadata.annotations.checksum/*'"
OWN = "already tiers[0]'s; each tier needs its own"
FOLDER = "beside tiers[0]'s branch: one is the other's folder"


def refusals(text: str) -> list[str]:
    """Return what is said to whoever wrote this."""
    with pytest.raises(rules.Invalid) as invalid:
        rules.parse(text, where="f")
    return [str(problem) for problem in invalid.value.problems]


def test_every_key_is_read() -> None:
    read = rules.parse(WHOLE)

    assert read == Rules(
        tiers=(Tier("tier-0", "main"), Tier("tier-1", "tier-1")),
        skip_labels=("no-promote",),
        skip_paths=("docs/**",),
        conflicts="comment",
        sign_off=True,
        reviewers=("kim", "acme/sre"),
        render=Render(
            paths=("overlays/*",),
            helm=True,
            charts=(Chart("charts/Web", "web", "shop", ("env/all.yaml",)), Chart(".", "all")),
            redact=("*_TOKEN",),
            ignore=(Ignored("*", "metadata.annotations.checksum/*"),),
        ),
    )


@pytest.mark.parametrize("text", [SMALL, "\ufeff" + SMALL, SMALL.replace("\n", "\r\n"), "---\n" + SMALL + "...\n"])
def test_what_is_left_out_has_its_default(text: str) -> None:
    read = rules.parse(text)

    assert read == Rules(tiers=(Tier("low", "low"), Tier("high", "high")))


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    text = dedent("""\
        version: 2
        tiers:
          - {nmae: low, branch: &x main}
          - {name: 1, brnach: b, require: {soak: 30m}}
          - only a word
          - {name: high, merge: when-allowed}
          - {name: High}
        promotion:
          sign_off: yes
          conflicts: Drafts
          strategy: merge
          skip: {labels: no-promote}
          reviewers:
        render: {hlem: true, charts: [{release: web}], ignore: [{kind: X}]}
        """)

    told = refusals(text)

    assert told == [
        "f:1:10: expected version 1, the only one this Tierkeeper reads; found 2",
        "f:3:6: unknown key 'nmae' in tiers[0]; did you mean 'name'?",
        "f:3:25: anchors and aliases are not read here; write the value out",
        "f:4:12: expected text, found the number 1; put it in quotes to make it text",
        "f:4:15: unknown key 'brnach' in tiers[1]; did you mean 'branch'?",
        f"f:4:26: 'require' {PLANNED}",
        "f:5:5: expected a mapping of keys, found the text 'only a word'",
        f"f:6:25: 'merge: when-allowed' {PLANNED}",
        "f:7:12: the name 'High' is already tiers[3]'s; each tier needs its own",
        "f:9:13: expected true or false, found the text 'yes'; write true, without quotes",
        "f:10:14: expected 'draft' or 'comment', found the text 'Drafts'; did you mean 'draft'?",
        f"f:11:13: 'strategy: merge' {PLANNED}",
        "f:12:18: expected a list, found the text 'no-promote'; write ['no-promote']",
        "f:13:3: expected a list, found nothing",
        "f:14:10: unknown key 'hlem' in render; did you mean 'helm'?",
        "f:14:31: the key 'path' is missing in render.charts[0]: the chart's directory",
        f"f:14:57: the key 'path' is missing in render.ignore[0]: {FIELD}",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "f:1:1: the file is empty; expected 'version' and 'tiers'"),
        ("# later\n", "f:1:1: the file is empty; expected 'version' and 'tiers'"),
        ("~\n", "f:1:1: expected a mapping of keys, found nothing"),
        ("- 1\n", "f:1:1: expected a mapping of keys, found a list"),
        ("a: {b\n\n", f"f:1:6: {NOT_YAML}: while parsing a flow mapping, expected ',' or '}}', but got '<stream end>'"),
        ("a: b: c\n", "f:1:5: this is not YAML: mapping values are not allowed here"),
        ('version: "\\Uffffffff"\n', "f:1:1: this is not YAML: an impossible escape or directive"),
        ('version: "\\ud800"\n', "f:1:10: expected UTF-8 text, found an escape for half a character"),
        ('"\\ud800": 1\n', "f:1:1: expected UTF-8 text, found an escape for half a character"),
        ("%YAML 3.0\n--- 1\n", "f:1:1: this is not YAML: found incompatible YAML document (version 1.* is required)"),
        ("a: \0\n", "f:1:4: expected readable text, found the control character U+0000"),
        ("é: \udcff\n", "f:1:4: expected UTF-8 text, found a byte that is none"),
        ("? [a]\n: 1\n", "f:1:3: expected a word as key, found something else"),
        ("#" * 70_000, "f:1:1: expected at most 64 KB, found 68 KB"),
        (SMALL + "---\n" + SMALL, "f:3:1: expected one document, found another; take the '---' out"),
        ("%YAML 1.1\n---\n" + SMALL, "f:2:1: '%' directives are not read here; take them out"),
        (SMALL + "version: 1\n", "f:3:1: the key 'version' is here a second time; keep one of the two"),
        (SMALL + "promotion: !x {}\n", "f:3:12: '!' tags are not read here; write the value without"),
        (SMALL + "promotion: {skip: *x}\n", "f:3:19: anchors and aliases are not read here; write the value out"),
        (SMALL + "promotion:\n", "f:3:1: expected a mapping of keys, found nothing"),
        (SMALL + "elsewhere: 1\n", f"f:3:1: unknown key 'elsewhere'; expected {ONE_OF}"),
        (SMALL + f"{'v' * 50}: 1\n", f"f:3:1: unknown key '{'v' * 39}…'; expected {ONE_OF}"),
        (SMALL + '"\\u202e`\\n": 1\n', f"f:3:1: unknown key '\\u202e`\\n'; expected {ONE_OF}"),
        (SMALL + "promotion: {conflicts: 1.5}\n", "f:3:24: expected 'draft' or 'comment', found the number 1.5"),
        (SMALL + "promotion: {conflicts: ignore}\n", "f:3:24: expected 'draft' or 'comment', found the text 'ignore'"),
        (SMALL + "promotion: {conflicts: }\n", "f:3:13: expected 'draft' or 'comment', found nothing"),
        (SMALL + "promotion: {conflicts: [draft]}\n", "f:3:24: expected 'draft' or 'comment', found a list"),
        (SMALL + "promotion: {strategy: squash}\n", "f:3:23: expected 'cherry-pick', found the text 'squash'"),
        (SMALL + "promotion: {sign_off: maybe}\n", "f:3:23: expected true or false, found the text 'maybe'"),
        (SMALL + "promotion: {sign_off: [a]}\n", "f:3:23: expected true or false, found a list"),
        (SMALL + "promotion: {skip: {labels: {}}}\n", "f:3:28: expected a list, found a mapping of keys"),
        (SMALL + f"promotion: {{reviewers: [{'a,' * 101}]}}\n", "f:3:24: expected at most 100 entries, found 101"),
        ("version: 1\ntiers: [{branch: a}]\n", f"f:2:9: the key 'name' is missing in tiers[0]: {NAME}"),
        ("tiers: [{name: a}]\n", "f:1:1: the key 'version' is missing: the version of this file's format: 1"),
        ("{version: '1', tiers: [{name: a}]}", f"f:1:11: {ONE}, found the text '1'; write 1, without quotes"),
        ("\ufeffversion: 2\ntiers: [{name: a}]\n", f"f:1:10: {SECOND}"),
        ("version: true\ntiers: [{name: a}]\n", "f:1:10: expected the number 1, found true"),
        ("version: 1.0\ntiers: [{name: a}]\n", "f:1:10: expected the number 1, found the number 1.0"),
        ("version: 1\ntiers: []\n", "f:2:8: expected at least one tier, found an empty list"),
        ("version: 1\ntiers: [{name: 2024-01-01}]\n", f"f:2:16: expected text, found the date 2024-01-01; {TEXT}"),
        ("version: 1\ntiers: [{name: true}]\n", f"f:2:16: expected text, found true; {TEXT}"),
        ("version: 1\ntiers: [{name: [a]}]\n", "f:2:16: expected text, found a list"),
        (RENDER + "charts: [{path: ../x}]}\n", f"f:3:26: {INSIDE}, found '../x'"),
        (RENDER + "charts: [{path: /x}]}\n", f"f:3:26: {INSIDE}, found '/x'"),
        (RENDER + "charts: [{path: x, values: [a/./b]}]}\n", f"f:3:38: {INSIDE}, found 'a/./b'"),
        (RENDER + "charts: [{path: x, release: Web}]}\n", f"f:3:38: {RELEASE}, found 'Web'"),
        (RENDER + 'charts: [{path: x, namespace: "a\\n"}]}\n', f"f:3:40: {RELEASE}, found 'a\\n'"),
        (RENDER + f"charts: [{MANY_CHARTS}]}}\n", "f:3:18: expected at most 200 entries, found 201"),
        (RENDER + "charts: [{path: a/x}, {path: b/x}, {path: a/x, release: x}]}\n", f"f:3:52: {RELEASED}"),
        (RENDER + "charts: [{path: x, release: a}, {path: x, release: a, release: b}]}\n", f"f:3:64: {TWICE}"),
        (RENDER + "redact: ['']}\n", "f:3:19: expected 1 to 200 characters on one line, found ''"),
    ],
)  # fmt: skip
def test_one_mistake_is_one_sentence(text: str, told: str) -> None:
    assert refusals(text) == [told]


@pytest.mark.parametrize(
    "name", ["a/b", "-a", ".a", "a.", "a..b", "a b", "a.lock", "ü", "", "a\\n", "a" * 46, "a\\u202e"]
)
def test_a_tier_s_name_fits_a_branch_and_a_label(name: str) -> None:
    told = refusals(f'version: 1\ntiers: [{{name: "{name}", branch: main}}]\n')

    assert len(told) == 1
    assert told[0].startswith("f:2:16: ")
    assert "a tier's name" in told[0] or "becomes a label" in told[0]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "it is empty"),
        ("a b", "git allows no ' ' in it"),
        ("a..b", "git allows no '..' in it"),
        ("a@{b", "git allows no '@{' in it"),
        ("a//b", "git allows no '//' in it"),
        ("a:b", "git allows no ':' in it"),
        ("/a", "git allows no '/' at its start or end"),
        ("a/", "git allows no '/' at its start or end"),
        ("a/.b", "no part of it may start with '.' or end with '.lock'"),
        ("a.lock/b", "no part of it may start with '.' or end with '.lock'"),
        ("-a", "it may not start with '-'"),
        ("a.", "it may not end with '.'"),
        ("@", "it may not be 'HEAD' or '@'"),
        ("HEAD", "it may not be 'HEAD' or '@'"),
        ("a" * 40, "it looks like a commit"),
        ("refs/heads/a", "'refs' is taken, for the bot's own branches or for GitHub's"),
        ("promote/a", "'promote' is taken, for the bot's own branches or for GitHub's"),
        ("promote", "'promote' is taken, for the bot's own branches or for GitHub's"),
        ("gh-readonly-queue/main/pr-1", "'gh-readonly-queue' is taken, for the bot's own branches or for GitHub's"),
        ("é" * 123, "it has 246 bytes, more than 244"),
    ],
)
def test_a_branch_is_one_that_git_and_github_take(name: str, why: str) -> None:
    told = refusals(f'version: 1\ntiers: [{{name: a, branch: "{name}"}}]\n')

    assert len(told) == 1
    assert told[0].endswith(f"cannot be a tier's branch: {why}")


@pytest.mark.parametrize("name", ["main", "release/1.2", "feature/ä-ö", "a@b", "users/kim/x", "a-", "promoted"])
def test_a_usual_branch_is_taken(name: str) -> None:
    read = rules.parse(f"version: 1\ntiers: [{{name: a, branch: {name}}}]\n")

    assert read.tiers == (Tier("a", name),)


@pytest.mark.parametrize(
    ("tiers", "told"),
    [
        ("{name: a, branch: m}, {name: b, branch: m}", [f"the branch 'm' is {OWN}"]),
        ("{name: a, branch: b}, {name: b}", [f"the branch 'b' is {OWN}"]),
        ("{name: a}, {name: a}", [f"the name 'a' is {OWN}"]),
        ("{name: a, branch: m}, {name: b, branch: m/x}", [f"git cannot hold 'm/x' {FOLDER}"]),
        ("{name: a, branch: m/x/y}, {name: b, branch: m}", [f"git cannot hold 'm' {FOLDER}"]),
        ("{name: a, branch: m/x}, {name: b, branch: m/y}", []),
        ("{name: a, branch: 3}, {name: '3'}", [f"expected text, found the number 3; {TEXT}"]),
    ],
)  # fmt: skip
def test_tiers_do_not_share(tiers: str, told: list[str]) -> None:
    try:
        rules.parse(f"version: 1\ntiers: [{tiers}]\n")
        found = []
    except rules.Invalid as invalid:
        found = [problem.message for problem in invalid.problems]

    assert found == told


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("skip: {labels: ['']}", "f:3:29: expected a label of 1 to 50 characters, found ''"),
        ("skip: {paths: [' ']}", "f:3:28: expected a pattern of 1 to 200 characters, found ' '"),
        ("skip: {paths: [./docs]}", f"f:3:28: './docs' matches nothing: {ROOTED}"),
        ("skip: {paths: ['**/a/**/b/**']}", "f:3:28: expected at most two '**' in a pattern, found 3"),
        ("reviewers: ['@kim']", "f:3:25: expected a login or 'org/team', found '@kim'; leave the '@' out"),
        ("reviewers: [a/b/c]", "f:3:25: expected a login or 'org/team', found 'a/b/c'"),
        ('reviewers: ["kim\\n"]', "f:3:25: expected a login or 'org/team', found 'kim\\n'"),
    ],
)  # fmt: skip
def test_an_entry_that_could_never_work_is_refused(entry: str, told: str) -> None:
    assert refusals(SMALL + f"promotion: {{{entry}}}\n") == [told]


def test_a_problem_knows_the_path_of_its_value() -> None:
    with pytest.raises(rules.Invalid) as invalid:
        rules.parse("version: 1\ntiers: [{name: a, brnach: b}]\n")

    (problem,) = invalid.value.problems
    assert (problem.line, problem.column, problem.path) == (2, 19, "tiers[0].brnach")
    assert str(problem).startswith(".github/tierkeeper.yml:2:19: ")
    assert str(invalid.value) == str(problem)


def test_an_endless_nesting_ends() -> None:
    told = refusals("version: " + "[" * 5_000)

    assert told[-1] == "f:1:20: expected at most 10 levels, found more"


def test_thousands_of_mistakes_are_cut_to_a_hundred() -> None:
    told = refusals(SMALL + "".join(f"verson{index}: 1\n" for index in range(400)))

    assert len(told) == 100
    assert told[99] == "f:102:1: unknown key 'verson99'; did you mean 'version'?"


WORDS = ("version", "tiers", "name", "branch", "promotion", "skip", "a", "1", "1e9", "2024-01-01", "~", "<<", "é")
SIGNS = (": ", "\n", "  ", "- ", "{", "}", "[", "]", ",", "'", '"', "&x ", "*x", "!t ", "|\n", "---\n", "#", "\t", "? ")
PIECES = st.lists(st.sampled_from((*WORDS, *SIGNS, "%YAML 1.1\n", '"\\ud800"')), max_size=40).map("".join)


@pytest.mark.slow
@settings(max_examples=300)
@given(
    st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join), st.lists(PIECES).map(lambda p: SMALL + "".join(p)))
)
def test_whatever_the_text_it_is_rules_or_problems_on_a_line_it_has(text: str) -> None:
    try:
        rules.parse(text)
        problems: tuple[rules.Problem, ...] = ()
    except rules.Invalid as invalid:
        problems = invalid.problems
        assert problems

    assert all(1 <= problem.line <= text.count("\n") + 1 for problem in problems)
    assert [(p.line, p.column) for p in problems] == sorted((p.line, p.column) for p in problems)
    assert all(problem.message.isprintable() for problem in problems)
