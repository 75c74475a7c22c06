"""A git server with one repository, and the engine that works on it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import stamina

from bot.core.model import Repository
from bot.edge.git import MirrorGit
from tests.edge.gitrepo import Upstream, repository
from tests.edge.gitserver import Server, serving, token


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    """Return the repository as its owners work on it."""
    return Upstream.create(tmp_path)


@pytest.fixture
def server(upstream: Upstream) -> Iterator[Server]:
    """Serve it."""
    with serving(upstream.bare.parents[1]) as running:
        yield running


@pytest.fixture
def repo(server: Server) -> Repository:
    """Return it as GitHub would describe it."""
    return repository(server.url)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[MirrorGit]:
    """Return an engine with no mirror yet."""
    made = MirrorGit(tmp_path / "state", token, disk_budget=1 << 30)
    yield made
    await made.close()


@pytest.fixture
def without_waiting() -> Iterator[None]:
    """Let GitHub's adapter retry as ever, but with no pauses in between."""
    with stamina.set_testing(True, attempts=4):
        yield
