"""The demo's world is as it says: three tiers, a dozen overlays, and pull requests with their fates."""

from pathlib import Path

import pytest

from sandbox import demo_seed, server
from sandbox.hub import Hub
from sandbox.records import Repo
from sandbox.trees import entries
from tests.sandbox.sandbox_world import git, try_git

pytestmark = pytest.mark.slow


async def fate(hub: Hub, repo: Repo, branch: str, folder: Path) -> str:
    """Cherry-pick a branch's commit onto tier-1 as a person would: clean, conflict or empty."""
    clone = folder / branch
    await git("clone", "--quiet", "--branch", "tier-1", str(hub.bare(repo).path), str(clone))
    code, said = await try_git("cherry-pick", f"origin/{branch}", cwd=clone)
    if code == 0:
        return "clean"
    return "conflict" if "CONFLICT" in said else "empty"


async def test_the_pull_requests_have_their_fates(tmp_path: Path) -> None:
    async with server.running(tmp_path / "data") as hub:
        planted = await demo_seed.plant(hub, tmp_path / "data", webhook_url="")

        heads = [pull.head for pull in hub.pulls(planted.repo)]
        fates = [await fate(hub, planted.repo, head, tmp_path) for head in heads]

        assert fates == ["clean", "conflict", "empty", "clean"]


async def test_there_are_three_tiers_and_a_dozen_overlays(tmp_path: Path) -> None:
    async with server.running(tmp_path / "data") as hub:
        planted = await demo_seed.plant(hub, tmp_path / "data", webhook_url="")

        bare = hub.bare(planted.repo)
        tiers = [await bare.branch(tier) for tier in demo_seed.TIERS]
        overlays = await entries(bare, f"{tiers[0]}:overlays")

        assert len(set(tiers)) == 3
        assert len(overlays) == 12
        assert planted.repo.default_branch == "tier-0"
