"""The demo's world: a configuration repository with three tiers, a dozen overlays, and pull requests ready to merge."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox import seed
from sandbox.hub import Hub
from sandbox.pulls import Proposal
from sandbox.records import Repo
from sandbox.seed import Change

TIERS = ("tier-0", "tier-1", "tier-2")
SERVICES = ("web", "api", "worker", "search")
REGIONS = ("tokyo", "osaka", "oregon")
PERMISSIONS = {
    "checks": "write",
    "contents": "write",
    "deployments": "read",
    "issues": "write",
    "pull_requests": "write",
    "statuses": "read",
}
EVENTS = (
    "check_run", "check_suite", "create", "delete", "deployment_status", "issue_comment", "pull_request",
    "pull_request_review", "push", "status",
)  # fmt: skip
PEOPLE = {"kim": "admin", "sam": "write", "ada": "write", "visitor": "read"}
BEGAN = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
RULES = """\
version: 1
tiers:  # lowest first
  - name: tier-0
  - name: tier-1
  - name: tier-2
"""


@dataclass(frozen=True, slots=True)
class Planted:
    """What the bot must know to play its part."""

    repo: Repo
    app_id: int
    slug: str
    private_key: str
    secret: str


def deployment(service: str) -> str:
    """Return a service's base manifest."""
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {service}
spec:
  replicas: 1
  selector:
    matchLabels: {{app: {service}}}
  template:
    metadata:
      labels: {{app: {service}}}
    spec:
      containers:
        - name: {service}
          image: registry.example.com/shop/{service}:v1.0.0
          env:
            - name: LOG_LEVEL
              value: info
          resources:
            requests: {{cpu: 100m, memory: 128Mi}}
"""


def overlay(service: str, region: str, tag: str) -> str:
    """Return an overlay's kustomization."""
    return f"""\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: shop-{region}
resources:
  - ../../bases/{service}
images:
  - name: registry.example.com/shop/{service}
    newTag: {tag}
replicas:
  - name: {service}
    count: 2
"""


def base_files(service: str) -> Iterator[tuple[str, str]]:
    """Yield a service's base and its overlays."""
    resources = "resources:\n  - deployment.yaml\n"
    kustomization = f"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n{resources}"
    yield f"bases/{service}/kustomization.yaml", kustomization
    yield f"bases/{service}/deployment.yaml", deployment(service)
    for region in REGIONS:
        yield f"overlays/{service}-{region}/kustomization.yaml", overlay(service, region, "v1.0.0")


async def plant(hub: Hub, data: Path, *, webhook_url: str) -> Planted:
    """Make the demo's people, repository, App and pull requests; its secrets go to `<data>/app.json`."""
    repo = await seed.repository(hub, "acme/shop-config", default="tier-0")
    for login, role in PEOPLE.items():
        seed.member(hub, repo, login, role)
    await _history(hub, repo)
    slug, secret = "tierkeeper", secrets.token_hex(20)
    app, key = seed.app(hub, seed.NewApp(slug, "acme", secret, webhook_url, PERMISSIONS, EVENTS))
    await _differ(hub, repo)
    await _propose(hub, repo)
    seed.install(hub, app, "acme")
    planted = Planted(repo, app.id, slug, key, secret)
    fresh = data / "app.json.new"
    fresh.touch(mode=0o600)
    people = {login: seed.token(hub, login) for login in PEOPLE}
    known = {"app_id": app.id, "slug": slug, "private_key": key, "webhook_secret": secret, "people": people}
    fresh.write_text(json.dumps(known))
    fresh.replace(data / "app.json")  # whoever waits for it finds all of it
    return planted


async def _history(hub: Hub, repo: Repo) -> None:
    """Grow the lowest tier, and cut the higher tiers from it."""
    first = {"README.md": "# shop-config\n\nWhat runs where.\n", ".github/tierkeeper.yml": RULES}
    await seed.commit(hub, repo, "tier-0", Change(first, "Begin", by="kim", at=BEGAN))
    for day, service in enumerate(SERVICES, 1):
        at = BEGAN + timedelta(days=day)
        await seed.commit(hub, repo, "tier-0", Change(dict(base_files(service)), f"Add {service}", by="sam", at=at))
    for tier in TIERS[1:]:
        await seed.branch(hub, repo, tier, at="tier-0", by="kim")
    at = BEGAN + timedelta(days=9)
    newer = {"overlays/worker-osaka/kustomization.yaml": overlay("worker", "osaka", "v1.1.0")}
    await seed.commit(hub, repo, "tier-0", Change(newer, "worker: v1.1.0 in Osaka", by="ada", at=at))


async def _differ(hub: Hub, repo: Repo) -> None:
    """Let tier-1 go its own way twice: a value of its own, and a fix that the lowest tier still lacks."""
    at = BEGAN + timedelta(days=11)
    own = {"bases/api/deployment.yaml": deployment("api").replace("value: info", "value: warning")}
    await seed.commit(hub, repo, "tier-1", Change(own, "api: less talk in tier-1", by="kim", at=at))
    ahead = {"overlays/search-tokyo/kustomization.yaml": overlay("search", "tokyo", "v1.0.1")}
    await seed.commit(hub, repo, "tier-1", Change(ahead, "search: v1.0.1 in Tokyo (hotfix)", by="kim", at=at))


async def _propose(hub: Hub, repo: Repo) -> None:
    """Open the pull requests: one goes up clean, one conflicts in tier-1, one is there already, one is yours."""
    changes = {
        ("web-v1.2.0", "web: v1.2.0 in Tokyo", "sam", "The new checkout page."): {
            "overlays/web-tokyo/kustomization.yaml": overlay("web", "tokyo", "v1.2.0")
        },
        ("api-debug", "api: log more", "ada", "We cannot see why carts get lost."): {
            "bases/api/deployment.yaml": deployment("api").replace("value: info", "value: debug")
        },
        ("search-v1.0.1", "search: v1.0.1 in Tokyo", "sam", "The hotfix of tier-1, for the record."): {
            "overlays/search-tokyo/kustomization.yaml": overlay("search", "tokyo", "v1.0.1")
        },
        ("worker-v1.2.0", "worker: v1.2.0 in Oregon", "ada", "Retries with backoff."): {
            "overlays/worker-oregon/kustomization.yaml": overlay("worker", "oregon", "v1.2.0")
        },
    }
    for (branch, title, author, body), files in changes.items():
        await seed.commit(hub, repo, branch, Change(files, f"{title}\n\n{body}", by=author))
        await seed.pull(hub, repo, Proposal(title, body, "tier-0", branch), by=author)
