"""What the values know of themselves."""

from tests import build


def test_a_repository_knows_its_owner() -> None:
    assert build.REPO.owner == "acme"


def test_the_app_knows_its_account() -> None:
    assert build.APP.login == "tierkeeper[bot]"
    assert build.APP.email == "700+tierkeeper[bot]@users.noreply.github.com"


def test_a_pull_request_knows_where_it_comes_from() -> None:
    assert not build.pull().from_fork
    assert build.pull(head_repo=66).from_fork
    assert build.pull(head_repo=None).from_fork
