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


def test_a_bare_repository_is_read(upstream: Upstream) -> None:
    with opened(upstream.bare) as repo:
        assert (repo.commit("tier-1"), repo.below) == (upstream.tip("tier-1"), ".")
    with opened(upstream.bare / "refs") as repo:
        assert repo.below == "."


def test_what_only_looks_like_a_bare_repository_is_a_directory(upstream: Upstream) -> None:
    for name in ("objects", "refs"):
        (upstream.work / "notes" / name).mkdir(parents=True)
    (upstream.work / "notes" / "HEAD").write_text("The head of the department\n")

    with opened(upstream.work / "notes") as repo:
        assert repo.below == "notes"


def test_a_directory_without_a_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="lies in no git repository"), opened(tmp_path):
        pass


def test_nothing_is_left_or_written(upstream: Upstream) -> None:
    before = sorted(upstream.work.rglob("*"))

    with opened(upstream.work) as repo:
        repo.commit("HEAD")

    assert sorted(upstream.work.rglob("*")) == before


@pytest.mark.parametrize("name", ["@{upstream}", "origin/tier-0", "HEAD@{1}", "tier-0@{1}", "FETCH_HEAD"])
def test_names_that_git_keeps_beside_the_branches_are_known(upstream: Upstream, tmp_path: Path, name: str) -> None:
    git(tmp_path, "clone", "-q", str(upstream.bare), "clone")
    clone = Upstream(tmp_path / "clone", upstream.bare)
    clone.git("fetch", "-q")
    clone.commit({"app.yaml": "image: 2\n"}, "Bump")

    with opened(clone.work) as repo:
        found = repo.commit(name)

    assert found == upstream.tip("tier-0")


@pytest.mark.parametrize("written", ["refs", "packed-refs"])
async def test_a_sha256_repository_is_read(tmp_path: Path, written: str) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256", "work")
    repository = Upstream(tmp_path / "work", tmp_path)
    last = repository.commit({"app.yaml": "image: 1\n"}, "Start")
    if written == "packed-refs":
        repository.git("pack-refs", "--all")
        repository.git("gc", "-q")

    with opened(repository.work) as repo:
        text = await repo.look(repo.commit("HEAD"), lambda files, root: files.at(root, "app.yaml", most=100))

        assert (repo.commit("HEAD"), text) == (last, b"image: 1\n")


async def test_objects_borrowed_from_others_who_borrow_are_read(upstream: Upstream, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--shared", str(upstream.bare), "one")
    git(tmp_path, "clone", "-q", "--shared", "one", "two")
    (tmp_path / "two/.git/objects/info/alternates").write_text("../../../one/.git/objects\n")

    with opened(tmp_path / "two") as repo:
        text = await repo.look(repo.commit("HEAD"), lambda files, root: files.at(root, "app.yaml", most=100))

    assert text == b"image: 1\nreplicas: 1\n"


def test_a_shallow_clone_ends_where_it_was_cut(upstream: Upstream, tmp_path: Path) -> None:
    upstream.commit({"app.yaml": "image: 2\n"}, "Bump")
    upstream.publish()
    git(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", upstream.bare.as_uri(), "shallow")

    with opened(tmp_path / "shallow") as repo:
        with pytest.raises(Refused, match="'HEAD~1' is no commit"):
            repo.commit("HEAD~1")
        with pytest.raises(Refused, match="no history in common"):
            repo.merge_base(repo.commit("HEAD"), repo.commit("origin/tier-1"))


def test_a_submodule_is_a_repository_of_its_own(upstream: Upstream, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "super")
    git(
        tmp_path / "super", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(upstream.bare), "sub"
    )

    with opened(tmp_path / "super" / "sub") as repo:
        assert (repo.commit("HEAD"), repo.below) == (upstream.tip("tier-0"), ".")
