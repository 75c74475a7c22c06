"""What the rules leave where it is, and what happens when nobody can read them."""

import pytest

from bot.demo.stage import Stage, eventually
from tests.e2e.backstage import awaited
from tests.e2e.shop import RULES, TIERS, Shop, planted

pytestmark = pytest.mark.slow

FILE = ".github/tierkeeper.yml"
BROKEN = "version: 1\ntiers:\n  - name: tier-0\n  - nmae: tier-1\n"


def test_workflows_are_refused_with_the_reason(shop: Shop) -> None:
    source = shop.merged("ci: faster", {".github/workflows/ci.yml": "on: push\n", "web.yaml": "image: web:v2\n"})

    row = shop.told(source, "not promoted")

    assert "it changes `.github/workflows/ci.yml`: the App has no permission to write workflows" in row
    assert shop.branches("promote/") == []


def test_a_label_keeps_a_change_where_it_is(shop: Shop, stage: Stage) -> None:
    rules = f"{RULES}promotion:\n  skip: {{labels: [no-promote], paths: ['docs/**']}}\n"
    with planted(stage, f"{shop.owner}/skips", rules=rules) as other:
        labelled = other.propose("web: v2", {"web.yaml": "image: web:v2\n"})
        other.ask("POST", f"/issues/{labelled}/labels", labels=["no-promote"])

        other.kim.merge(labelled)
        documents = other.merged("docs", {"docs/a.md": "# A\n"})

        assert "label `no-promote`" in other.told(labelled, "not promoted")
        assert "it touches only `docs/**`" in other.told(documents, "not promoted")
        assert other.branches("promote/") == []


def test_broken_rules_stop_promotions_visibly_until_they_are_mended(shop: Shop) -> None:
    waiting = shop.propose("web: v3", {"web.yaml": "image: web:v3\n"})
    shop.write("tier-0", FILE, BROKEN)

    source = shop.merged("api: v2", {"api.yaml": "image: api:v2\n"})

    (said,) = eventually(lambda: shop.summaries(source) or None, "a word on the source")
    assert f"{FILE}:4:5" in said
    assert "did you mean 'name'?" in said
    assert shop.branches("promote/") == []
    mending = shop.propose("rules", {FILE: RULES})
    blocked = shop.judged(shop.pull(mending)["head"]["sha"], "failure")
    assert blocked["output"]["title"] == "Blocked: the rules file is broken"
    shop.write("tier-0", FILE, RULES)
    shop.kim.merge(waiting, "squash")
    shop.promoted(waiting)


def test_a_mistake_in_the_rules_is_shown_on_its_line_before_it_is_merged(shop: Shop) -> None:
    number = shop.propose("rules", {FILE: BROKEN})

    run = shop.judged(shop.pull(number)["head"]["sha"], "failure", "tierkeeper/config")

    notes = shop.kim.get(f"/check-runs/{run['id']}/annotations")
    assert ("nmae" in run["output"]["summary"], run["output"]["annotations_count"]) == (True, len(notes))
    assert (FILE, 4, "failure") in [(n["path"], n["start_line"], n["annotation_level"]) for n in notes]


def test_sound_rules_are_tried_on_what_was_merged_lately(shop: Shop) -> None:
    shop.promoted(shop.merged("web: v2", {"web.yaml": "image: web:v2\n"}))

    number = shop.propose("rules", {FILE: f"{RULES}promotion:\n  sign_off: true\n"})

    run = shop.judged(shop.pull(number)["head"]["sha"], "success", "tierkeeper/config")
    assert run["output"]["title"] == f"In order: {len(TIERS)} tiers"
    assert "of the last 1 merged pull request, all would be offered" in run["output"]["summary"]


def test_a_repository_without_rules_is_left_alone(shop: Shop, stage: Stage) -> None:
    sha = shop.kim.get(f"/contents/{FILE}", ref="tier-0")["sha"]
    shop.ask("DELETE", f"/contents/{FILE}", message="No rules", sha=sha, branch="tier-0")

    with awaited(stage, "promote.on_closed"):
        source = shop.merged("web: v2", {"web.yaml": "image: web:v2\n"})

    assert shop.kim.comments(source, "tierkeeper[bot]") == []
    assert shop.branches("promote/") == []


def test_the_topmost_tier_is_the_end(shop: Shop, stage: Stage) -> None:
    with awaited(stage, "promote.on_closed"):
        source = shop.merged("web: v2", {"web.yaml": "image: web:v2\n"}, base="tier-2")

    assert shop.summaries(source) == []
    assert shop.branches("promote/") == []
