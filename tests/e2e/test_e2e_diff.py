"""The diff on a pull request, end to end: real git, kustomize in its cage, GitHub's API, and the page behind it."""

import itertools
import re
from collections.abc import Iterator

import httpx
import pytest

from bot.demo.stage import Process, Stage, eventually
from tests.e2e.backstage import awaited, ours
from tests.e2e.shop import BOT, Shop, planted

pytestmark = pytest.mark.slow

NAME = "tierkeeper/diff"
MARKER = "<!-- tierkeeper:diff"
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
        - name: web
          image: registry.example.com/web:v1
          env: [{name: LOG_LEVEL, value: info}]
        - name: proxy
          image: registry.example.com/proxy:v1
          env: [{name: LOG_LEVEL, value: info}]
"""
BASE = "base/kustomization.yaml"
OVERLAY = "overlays/tokyo/kustomization.yaml"
PATCH = """\
resources: [../../base]
patches:
  - target: {kind: Deployment, name: web}
    patch: |-
      - {op: add, path: /spec/replicas, value: 2}
"""
_numbers = itertools.count(1)
FILES = {
    BASE: "resources: [web.yaml]\n",
    "base/web.yaml": WEB,
    OVERLAY: PATCH,
    "overlays/osaka/kustomization.yaml": "resources: [../../base]\nnamespace: osaka\n",
}


@pytest.fixture
def config(stage: Stage, bot: Process) -> Iterator[Shop]:  # noqa: ARG001 - it has to run
    """Return a repository with two overlays over one base."""
    with planted(stage, f"kustomized-{next(_numbers)}/config", files=FILES) as shop:
        yield shop


def said(shop: Shop, number: int) -> list[str]:
    """Return our comments on what a pull request changes."""
    return [body for body in shop.kim.comments(number, BOT) if MARKER in body]


def shown(shop: Shop, number: int, words: str) -> str:
    """Wait until our one comment on a pull request says something."""

    def look() -> str | None:
        found = said(shop, number)
        return found[0] if len(found) == 1 and words in found[0] else None

    return eventually(look, f"{words!r} on {shop.name}#{number}")


def test_what_argo_cd_will_apply_is_on_the_pull_request(config: Shop) -> None:
    number = config.propose("Two more", {OVERLAY: PATCH.replace("value: 2", "value: 4")})

    body = shown(config, number, "-  replicas: 2\n+  replicas: 4")
    run = config.judged(config.pull(number)["head"]["sha"], "success", NAME)

    assert body.startswith("1 overlay · 1 object changed")
    assert "osaka" not in body
    assert re.search(r"Rendered by `kustomize 5\.[\d.]+ \(kubectl [\d.]+\)`", body)
    assert run["output"]["title"] == "1 overlay · 1 object changed"


def test_the_page_behind_the_link_shows_all_of_it_and_only_with_its_signature(config: Shop) -> None:
    number = config.propose("Two more", {OVERLAY: PATCH.replace("value: 2", "value: 4")})
    found = re.search(r"\[full diff\]\(<(\S+)>\)", shown(config, number, "replicas: 4"))
    assert found

    page = httpx.get(found[1], timeout=60)
    forged = httpx.get(found[1].replace("&expires=", "&expires=9"), timeout=60)

    assert page.status_code == 200
    assert "replicas: 4" in re.sub(r"<[^>]+>", "", page.text)
    assert page.headers["Cache-Control"] == "private, no-store"
    assert forged.status_code == 404


def test_a_change_that_argo_cd_does_not_see_gets_no_comment(config: Shop) -> None:
    number = config.propose("Words", {"README.md": "# Words\n"})

    run = config.judged(config.pull(number)["head"]["sha"], "success", NAME)

    assert run["output"]["title"] == "No change in what Argo CD applies"
    assert said(config, number) == []


def test_a_second_push_edits_the_comment_and_one_that_takes_it_back_says_so(config: Shop) -> None:
    number = config.propose("Two more", {OVERLAY: PATCH.replace("value: 2", "value: 4")})
    shown(config, number, "replicas: 4")
    head = config.pull(number)["head"]["ref"]

    config.write(head, OVERLAY, PATCH.replace("value: 2", "value: 5"))
    shown(config, number, "replicas: 5")
    config.write(head, OVERLAY, PATCH)

    shown(config, number, "No change in what Argo CD applies")


def test_what_cannot_be_rendered_fails_the_check_and_hides_nothing(config: Shop) -> None:
    files = {OVERLAY: "resources: [../../base, gone.yaml]\n", "overlays/osaka/kustomization.yaml": PATCH}
    number = config.propose("Broken", files)

    body = shown(config, number, "cannot be rendered")
    run = config.judged(config.pull(number)["head"]["sha"], "failure", NAME)

    assert "gone.yaml" in body
    assert "+  replicas: 2" in body
    assert run["output"]["annotations_count"] >= 1


def test_a_promotion_with_the_same_effect_says_so(config: Shop) -> None:
    source = config.merged("Two more", {OVERLAY: PATCH.replace("value: 2", "value: 4")})

    promotion = config.promoted(source)

    shown(config, promotion["number"], f"**same as reviewed in `tier-0`** (#{source})")


def test_a_clean_pick_whose_patch_hits_nothing_up_there_is_told(config: Shop) -> None:
    config.write("tier-1", "base/web.yaml", WEB.replace("name: web\nspec", "name: web-live\nspec"))
    source = config.merged("Two more", {OVERLAY: PATCH.replace("value: 2", "value: 4")})

    promotion = config.promoted(source)

    body = shown(config, promotion["number"], "not the same as reviewed in `tier-0`")
    assert "replicas: 4" in body


def test_a_clean_pick_that_lands_on_another_list_item_is_told(config: Shop) -> None:
    swap = WEB.replace("name: web\n          image", "name: X\n          image").replace("name: proxy", "name: web")
    config.write("tier-1", "base/web.yaml", swap.replace("name: X", "name: proxy"))
    at_index = PATCH + "      - {op: add, path: /spec/template/spec/containers/0/env/0/value, value: debug}\n"
    source = config.merged("Debug web", {OVERLAY: at_index})

    promotion = config.promoted(source)

    body = shown(config, promotion["number"], "not the same as reviewed in `tier-0`")
    assert "debug" in body


def test_pressing_re_run_all_checks_runs_each_of_ours_again(config: Shop) -> None:
    number = config.propose("Two more", {OVERLAY: PATCH.replace("value: 2", "value: 4")})
    shown(config, number, "replicas: 4")
    head = config.pull(number)["head"]["sha"]
    for name in ("tierkeeper/promotion", NAME):
        config.judged(head, "success", name)
    (suite,) = config.kim.get(f"/commits/{head}/check-suites")["check_suites"]
    since = config.stage.calls()["mark"]

    with awaited(config.stage, "diff.on_asked"):
        config.ask("POST", f"/check-suites/{suite['id']}/rerequest")

    assert ours(config.stage, config.name, since)["PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}"] == 2


def test_pressing_re_run_shows_it_again(config: Shop) -> None:
    number = config.propose("Two more", {OVERLAY: PATCH.replace("value: 2", "value: 4")})
    shown(config, number, "replicas: 4")
    run = config.judged(config.pull(number)["head"]["sha"], "success", NAME)

    with awaited(config.stage, "diff.on_asked"):
        config.ask("POST", f"/check-runs/{run['id']}/rerequest")

    assert len(said(config, number)) == 1
