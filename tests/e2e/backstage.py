"""What only a test may do to the stage: order faults, move the clock, count calls, send deliveries again."""

import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import jwt

from bot.demo.stage import Process, Stage, eventually

TOKENS = "POST /app/installations/{installation_id}/access_tokens"


def order(stage: Stage, kind: str, path: str, **fault: Any) -> None:
    """Order a fault for the requests, or webhooks, whose path matches."""
    wanted = {"kind": kind, "path": path, **fault}
    httpx.post(f"{stage.url}/_sandbox/faults", json=wanted).raise_for_status()


def orders(stage: Stage) -> list[dict[str, Any]]:
    """Return the faults that have not happened yet."""
    waiting: list[dict[str, Any]] = httpx.get(f"{stage.url}/_sandbox/faults").json()
    return waiting


def cancel(stage: Stage) -> None:
    """Forget all faults."""
    httpx.delete(f"{stage.url}/_sandbox/faults").raise_for_status()


def shift(stage: Stage, seconds: float) -> None:
    """Move GitHub's clock, and not ours."""
    httpx.post(f"{stage.url}/_sandbox/clock", json={"seconds": seconds}).raise_for_status()


def ours(stage: Stage, repo: str, since: int) -> Counter[str]:
    """Count what was asked since a mark by the installation that covers a repository, and by the App, by endpoint."""
    with app(stage) as client:
        installation = client.get(f"/repos/{repo}/installation").raise_for_status().json()
    us = {f"installation/{installation['id']}", f"app/{installation['app_id']}"}
    counts: Counter[str] = Counter()
    for call in stage.calls(since)["calls"]:
        if call["who"] in us and "/installation" not in call["endpoint"].removeprefix(TOKENS):
            counts[call["endpoint"]] += call["count"]
    return counts


def app(stage: Stage) -> httpx.Client:
    """Return a client that speaks as the App itself."""
    known, now = stage.known(), int(time.time())
    claims = {"iat": now - 60, "exp": now + 540, "iss": str(known["app_id"])}
    signature = jwt.encode(claims, known["private_key"], "RS256")
    return httpx.Client(base_url=f"{stage.url}/api/v3", headers={"Authorization": f"Bearer {signature}"}, timeout=30)


def delivery(stage: Stage, repo: int, event: str, action: str | None, number: int | None = None) -> dict[str, Any]:
    """Return the newest attempt at a webhook of a repository, about one pull request if so wished."""

    def look() -> dict[str, Any] | None:
        with app(stage) as client:
            listed = client.get("/app/hook/deliveries", params={"per_page": 100}).raise_for_status().json()
            named = [
                one for one in listed if (one["repository_id"], one["event"], one["action"]) == (repo, event, action)
            ]
            for one in named:
                whole: dict[str, Any] = client.get(f"/app/hook/deliveries/{one['id']}").raise_for_status().json()
                if number is None or whole["request"]["payload"]["number"] == number:
                    return whole
        return None

    return eventually(look, f"a delivery {event}.{action}")


def redeliver(stage: Stage, attempt: Mapping[str, Any]) -> None:
    """Press *Redeliver* on the App's page."""
    with app(stage) as client:
        client.post(f"/app/hook/deliveries/{attempt['id']}/attempts").raise_for_status()


def send(stage: Stage, payload: Mapping[str, Any], *, event: str = "pull_request", guid: str = "") -> httpx.Response:
    """Post a delivery to the bot as GitHub would."""
    body = json.dumps(payload).encode()
    digest = hmac.new(stage.known()["webhook_secret"].encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Delivery": guid or str(uuid.uuid4()),
        "X-GitHub-Event": event,
        "X-Hub-Signature-256": f"sha256={digest}",
    }
    return httpx.post(f"http://127.0.0.1:{stage.bot_port}/github", content=body, headers=headers, timeout=30)


def handled(stage: Stage, handler: str) -> int:
    """Return how often a handler did what it should in this life of the bot."""
    said = httpx.get(f"http://127.0.0.1:{stage.bot_port}/metrics", timeout=30).text
    lines = [line for line in said.splitlines() if f'handler="handlers.{handler}"' in line]
    ends = [line for line in lines if line.startswith("tierkeeper_handled_total") and 'outcome="done"' in line]
    return sum(int(float(line.rpartition(" ")[2])) for line in ends)


@contextmanager
def awaited(stage: Stage, handler: str) -> Iterator[None]:
    """Wait at the end of the block until a handler has done its work once more than before."""
    before = handled(stage, handler)
    yield
    eventually(lambda: handled(stage, handler) > before, f"{handler} once more")


def inbox(bot: Process, standing: str) -> list[dict[str, Any]]:
    """Return the deliveries of that standing, as the command line tells."""
    command = (sys.executable, "-m", "bot", "deliveries", "list", "--json", "--limit", "1000", "--standing", standing)
    environment = {**os.environ, **bot.environment}
    done = subprocess.run(  # noqa: S603 - our own interpreter and modules
        command, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def idle(bot: Process) -> bool:
    """Say whether the inbox of a bot holds nothing that is still to be done."""
    said = httpx.get(bot.address("/metrics"), timeout=30).text
    return "tierkeeper_oldest_unfinished_seconds 0.0" in said.splitlines()
