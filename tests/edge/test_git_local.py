"""A repository on this machine, read where it lies."""

from pathlib import Path

import pytest

from bot.core.model import Refused
from bot.edge.git.local import opened
from tests.edge.gitrepo import Upstream, git


async def test_commits_are_found_by_the_names_people_give_them(upstream: Upstream) -> None:
    first = upstream.tip("tier-0")
    last = upstream.commit({"app.yaml": "image: 2\n"}, "Bump")
    git(upstream.work, "tag", "v1")

    with opened(upstream.work) as repo:
        found = [repo.commit(name) for name in ("HEAD", "HEAD~1", "tier-1", "v1", last)]
        parted = repo.merge_base(found[0], found[1])

    assert found == [last, first, first, last, last]
    assert parted == first


async def test_files_are_read_from_a_commit_and_not_from_the_work_tree(upstream: Upstream) -> None:
    (upstream.work / "app.yaml").write_text("not committed")

    with opened(upstream.work) as repo:
        text = await repo.look(repo.commit("HEAD"), lambda files, root: files.at(root, "app.yaml", most=100))
        none = await repo.look(repo.commit("HEAD"), lambda files, root: files.at(root, "none/x", most=100))

    assert (text, none) == (b"image: 1\nreplicas: 1\n", None)


async def test_a_linked_work_tree_has_a_head_of_its_own(upstream: Upstream, tmp_path: Path) -> None:
    other = upstream.commit({"app.yaml": "image: 2\n"}, "Bump")
    git(upstream.work, "worktree", "add", "-q", "--detach", str(tmp_path / "linked"), "tier-1")

    with opened(tmp_path / "linked") as repo:
        head = repo.commit("HEAD")

    assert head == upstream.tip("tier-1") != other


async def test_a_directory_below_the_root_is_known_as_such(upstream: Upstream) -> None:
    (upstream.work / "overlays" / "web").mkdir(parents=True)

    with opened(upstream.work / "overlays" / "web") as repo, opened(upstream.work) as root:
        assert (repo.below, root.below) == ("overlays/web", ".")


@pytest.mark.parametrize("name", ["none", "--all", "HEAD:app.yaml", "a b", "^HEAD", ""])
def test_what_names_no_commit_is_refused(upstream: Upstream, name: str) -> None:
    with opened(upstream.work) as repo, pytest.raises(Refused, match="is no commit of this repository"):
        repo.commit(name)


def test_histories_that_never_met_have_no_base(upstream: Upstream) -> None:
    git(upstream.work, "checkout", "-q", "--orphan", "other")
    other = upstream.commit({"b": "1"}, "Apart")

    with opened(upstream.work) as repo, pytest.raises(Refused, match="no history in common"):
        repo.merge_base(repo.commit("tier-1"), other)


def test_a_directory_without_a_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="lies in no git repository"), opened(tmp_path):
        pass


def test_nothing_is_left_or_written(upstream: Upstream) -> None:
    before = sorted(upstream.work.rglob("*"))

    with opened(upstream.work) as repo:
        repo.commit("HEAD")

    assert sorted(upstream.work.rglob("*")) == before
