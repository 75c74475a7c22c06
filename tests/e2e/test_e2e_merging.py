"""Whatever way a change is merged, one promotion pull request carries just that change."""

from pathlib import Path

import httpx
import pytest

from bot.demo.stage import Stage, eventually
from tests.e2e.backstage import awaited
from tests.e2e.clone import Clone
from tests.e2e.shop import BOT, Shop, blob

pytestmark = pytest.mark.slow


def sams_commits(shop: Shop, folder: Path) -> int:
    """Open a pull request with three commits, the second by Ada; return its number."""
    clone = Clone.of(shop, folder)
    clone.commit({"web.yaml": "image: web:v2\nreplicas: 1\nregion: tokyo\n"}, "web: v2")
    clone.commit({"new/ports.yaml": "port: 1\n"}, "web: a port", "--author", "Ada <ada@example.com>")
    clone.commit({"new/ports.yaml": "port: 80\n"}, "web: the right port\n\nWe measured.\n\nRefs: ABC-1")
    clone.push("sam/v2")
    return shop.offer("web: v2", "sam/v2")


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_merge_of_three_commits_is_promoted_as_one(shop: Shop, tmp_path: Path, method: str) -> None:
    source = sams_commits(shop, tmp_path)
    shop.write("tier-1", "web.yaml", "image: web:v1\nreplicas: 1\nregion: osaka\n")  # it differs, but not there
    before = shop.tree("tier-1")

    shop.kim.merge(source, method)

    pull = shop.promoted(source)
    assert shop.tree(pull["head"]["sha"]) == before | {
        "web.yaml": blob("image: web:v2\nreplicas: 1\nregion: osaka\n"),
        "new/ports.yaml": blob("port: 80\n"),
    }
    assert [one["sha"] for one in shop.commit(pull["head"]["sha"])["parents"]] == [shop.tip("tier-1")]


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_promoted_commit_tells_who_wrote_it_and_where_it_was(shop: Shop, tmp_path: Path, method: str) -> None:
    source = sams_commits(shop, tmp_path)

    shop.kim.merge(source, method)

    carried, landed = shop.commit(shop.promoted(source)["head"]["sha"]), shop.pull(source)
    writer = shop.commit(landed["head"]["sha"] if method == "merge" else landed["merge_commit_sha"])
    assert carried["commit"]["author"] == writer["commit"]["author"]
    assert carried["commit"]["committer"]["name"] == BOT
    assert carried["commit"]["author"]["date"] == "2024-02-29T14:59:07Z" or method == "squash"  # GitHub dates those
    trailers = carried["commit"]["message"].rstrip().split("\n\n")[-1].splitlines()
    assert trailers[-1] == f"Promoted-From: {shop.name}#{source}"
    picked = f"(cherry picked from commit {landed['merge_commit_sha']})"
    assert [line for line in trailers if "cherry picked" in line] == [picked]
    assert "Co-authored-by: Ada <ada@example.com>" in trailers


def test_a_promotion_is_labelled_assigned_and_judged(shop: Shop) -> None:
    source = shop.propose("web: v2", {"web.yaml": "image: web:v2\n"})
    shop.ask("POST", f"/issues/{source}/labels", labels=["urgent", "tier/tier-0"])

    shop.kim.merge(source)

    pull = shop.promoted(source)
    assert pull["title"] == "[tier-1] web: v2"
    assert pull["user"]["login"] == BOT
    assert not pull["draft"]
    assert {label["name"] for label in pull["labels"]} == {"promotion", "tier/tier-1", "urgent"}
    assert [person["login"] for person in pull["assignees"]] == ["sam"]
    assert shop.judged(pull["head"]["sha"], "success")["output"]["title"] == "May enter tier-1"


def test_the_source_is_told_in_one_comment(shop: Shop) -> None:
    source = shop.merged("web: v2", {"web.yaml": "image: web:v2\n"})

    pull = shop.promoted(source)

    (said,) = shop.summaries(source)
    assert [line for line in said.splitlines() if line.startswith("| `tier-")] == [
        f"| `tier-0` | in, by #{source} |",
        f"| `tier-1` | #{pull['number']} is open: review and merge it |",
        "| `tier-2` | not yet |",
    ]
    assert f"Next: `gh pr merge {pull['number']} --repo {shop.name}`" in said


def test_a_fix_made_on_the_way_travels_up(shop: Shop) -> None:
    source = shop.merged("web: v2", {"web.yaml": "image: web:v2\n"})
    first = shop.promoted(source)
    shop.write(first["head"]["ref"], "web.yaml", "image: web:v2\nlog: less\n", message="Log less here")

    shop.kim.merge(first["number"], "squash")

    second = shop.promoted(source, "tier-2")
    assert second["title"] == "[tier-2] web: v2"
    assert shop.tree(second["head"]["sha"]) == shop.tree("tier-2") | {"web.yaml": blob("image: web:v2\nlog: less\n")}
    assert shop.row(source) == f"in, by #{first['number']}"
    message = shop.commit(second["head"]["sha"])["commit"]["message"]
    origins = {line for line in message.splitlines() if line.startswith("Promoted-From:")}
    assert origins == {f"Promoted-From: {shop.name}#{source}"}
    shop.kim.merge(second["number"], "squash")
    shop.told(source, f"in, by #{second['number']}", "tier-2")
    assert shop.tree("tier-2") == shop.tree("tier-1")


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_whoever_mends_on_the_way_does_not_become_the_author(shop: Shop, method: str) -> None:
    source = shop.merged("web: v2", {"web.yaml": "image: web:v2\n"})
    first = shop.promoted(source)
    before = shop.commit(first["head"]["sha"])["commit"]
    shop.write(first["head"]["ref"], "api.yaml", "log: less\n", message="Log less here")

    shop.kim.merge(first["number"], method)

    second, landed = shop.promoted(source, "tier-2"), shop.pull(first["number"])["merge_commit_sha"]
    after = shop.commit(second["head"]["sha"])["commit"]
    assert after["author"] == before["author"]
    mended = f"Co-authored-by: kim <kim@example.com>\n(cherry picked from commit {landed})"
    assert after["message"].strip() == f"{before['message'].strip()}\n{mended}"
    below = f"| `tier-0` | #{source} | {shop.pull(source)['merge_commit_sha']} |"
    assert f"{below}\n| `tier-1` | #{first['number']} | {landed} |" in shop.pull(second["number"])["body"]


def test_who_presses_update_branch_is_no_author(shop: Shop, stage: Stage) -> None:
    source = shop.merged("web: v2", {"web.yaml": "image: web:v2\n"})
    first = shop.promoted(source)
    with awaited(stage, "refresh.on_moved"):
        shop.write("tier-1", "other.yaml", "new: 1\n")
    shop.ask("PUT", f"/pulls/{first['number']}/update-branch")
    tip = first["head"]["sha"]
    eventually(lambda: shop.pull(first["number"])["head"]["sha"] != tip, "a branch that is up to date")

    shop.kim.merge(first["number"], "merge")

    message = shop.commit(shop.promoted(source, "tier-2")["head"]["sha"])["commit"]["message"]
    assert "Co-authored-by" not in message


def test_what_every_tier_has_already_opens_nothing(shop: Shop) -> None:
    for tier in ("tier-1", "tier-2"):
        shop.write(tier, "web.yaml", "image: web:v2\n")

    source = shop.merged("web: v2", {"web.yaml": "image: web:v2\n"})

    assert shop.told(source, "already there", "tier-2") == "already there"
    assert shop.row(source) == "already there"
    assert shop.branches("promote/") == []


def test_a_tier_that_has_the_change_already_passes_it_on(shop: Shop) -> None:
    shop.write("tier-1", "web.yaml", "image: web:v2\n")

    source = shop.merged("web: v2", {"web.yaml": "image: web:v2\n"})

    pull = shop.promoted(source, "tier-2")
    assert shop.row(source) == "already there"
    assert shop.promotions(source) == []
    assert shop.tree(pull["head"]["sha"]) == shop.tree("tier-2") | {"web.yaml": blob("image: web:v2\n")}
    assert pull["body"].startswith(f"Brings #{source} from `tier-0` to `tier-2` (`tier-1` has it already): ")


def forked(shop: Shop, stage: Stage, login: str, branch: str) -> int:
    """Let a person open a pull request from a branch of their own fork; return its number."""
    order = {"full_name": shop.name, "login": login}
    httpx.post(f"{stage.url}/_sandbox/forks", json=order).raise_for_status()
    person = stage.person(login, f"{login}/config")
    with person.api:
        theirs = Shop(stage, person.repo, person, person)
        theirs.branch(branch)
        theirs.write(branch, "web.yaml", "image: web:v3\n")
        head = f"{login}:{branch}"
        opened = shop.ask("POST", "/pulls", title="An idea", head=head, base="tier-0", by=person)
    return int(opened["number"])


def test_a_pull_request_from_a_fork_is_promoted(shop: Shop, stage: Stage) -> None:
    source = forked(shop, stage, "visitor", "idea")

    shop.kim.merge(source)

    assert shop.tree(shop.promoted(source)["head"]["sha"])["web.yaml"] == blob("image: web:v3\n")


def test_a_fork_whose_branch_has_our_name_is_an_ordinary_source(shop: Shop, stage: Stage) -> None:
    source = forked(shop, stage, "ada", "promote/tier-0/1")

    shop.kim.merge(source)

    assert shop.promoted(source)["head"]["ref"] == f"promote/tier-1/{source}"
