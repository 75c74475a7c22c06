"""A repository with three tiers on a stage: what people do there, and what one can see there."""

import base64
import hashlib
import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from bot.demo.stage import Person, Stage, eventually

BOT = "tierkeeper[bot]"
SUMMARY = "<!-- tierkeeper:summary"
RULES = "version: 1\ntiers:\n  - name: tier-0\n  - name: tier-1\n  - name: tier-2\n"
TIERS = ("tier-0", "tier-1", "tier-2")
FILES = {"web.yaml": "image: web:v1\nreplicas: 1\nregion: tokyo\n", "api.yaml": "image: api:v1\nlog: info\n"}
_numbers = itertools.count(1)


def blob(text: str) -> str:
    """Return the name git gives to a file of this content."""
    raw = text.encode()
    return hashlib.sha1(b"blob %d\0%b" % (len(raw), raw), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Shop:
    """One repository, in an account of its own, so that no other test uses up its allowance."""

    stage: Stage
    name: str
    kim: Person
    """May do everything."""
    sam: Person
    """May write."""

    @property
    def owner(self) -> str:
        """The account it belongs to."""
        return self.name.partition("/")[0]

    @property
    def id(self) -> int:
        """GitHub's number for it."""
        return int(self.kim.get("")["id"])

    def ask(self, method: str, path: str, *, by: Person | None = None, **body: Any) -> Any:
        """Ask the API for something below the repository; refusals are errors."""
        person = by or self.kim
        answer = person.api.request(method, f"/repos/{self.name}{path}", json=body or None).raise_for_status()
        return answer.json() if answer.content else None

    def tip(self, branch: str) -> str:
        """Return the commit a branch points at."""
        return str(self.kim.get(f"/git/ref/heads/{branch}")["object"]["sha"])

    def branches(self, prefix: str = "") -> list[str]:
        """Return the names of branches."""
        found = self.kim.get(f"/git/matching-refs/heads/{prefix}", per_page=100)
        return [one["ref"].removeprefix("refs/heads/") for one in found]

    def tree(self, ref: str) -> dict[str, str]:
        """Return the files at a branch or commit: path to blob."""
        listed = self.kim.get(f"/git/trees/{quote(ref, safe='')}", recursive=1)["tree"]
        return {one["path"]: one["sha"] for one in listed if one["type"] == "blob"}

    def text(self, path: str, ref: str) -> str:
        """Return a file's content."""
        return base64.b64decode(self.kim.get(f"/contents/{path}", ref=ref)["content"]).decode()

    def commit(self, ref: str) -> dict[str, Any]:
        """Return a commit."""
        found: dict[str, Any] = self.kim.get(f"/commits/{ref}")
        return found

    def branch(self, name: str, *, at: str = "tier-0") -> None:
        """Make a branch where another is."""
        self.ask("POST", "/git/refs", ref=f"refs/heads/{name}", sha=self.tip(at))

    def write(self, branch: str, path: str, text: str, *, message: str = "Edit", by: Person | None = None) -> None:
        """Commit one file to a branch."""
        old = self.kim.api.get(f"/repos/{self.name}/contents/{path}", params={"ref": branch})
        known = {"sha": old.json()["sha"]} if old.is_success else {}
        content = base64.b64encode(text.encode()).decode()
        self.ask("PUT", f"/contents/{path}", message=message, content=content, branch=branch, by=by, **known)

    def propose(self, title: str, files: Mapping[str, str], *, base: str = "tier-0", body: str = "") -> int:
        """Let Sam open a pull request with a commit for each file; return its number."""
        head = f"sam/{next(_numbers)}"
        self.branch(head, at=base)
        for path, text in files.items():
            self.write(head, path, text, message=f"Edit {path}", by=self.sam)
        return self.offer(title, head, base=base, body=body)

    def offer(self, title: str, head: str, *, base: str = "tier-0", body: str = "") -> int:
        """Let Sam open a pull request from a branch that is there."""
        return int(self.ask("POST", "/pulls", by=self.sam, title=title, head=head, base=base, body=body)["number"])

    def merged(self, title: str, files: Mapping[str, str], *, method: str = "squash", base: str = "tier-0") -> int:
        """Propose and merge; return the number of the pull request."""
        number = self.propose(title, files, base=base)
        self.kim.merge(number, method)
        return number

    def pull(self, number: int) -> dict[str, Any]:
        """Return a pull request."""
        found: dict[str, Any] = self.kim.get(f"/pulls/{number}")
        return found

    def promotions(self, source: int, tier: str = "tier-1") -> list[dict[str, Any]]:
        """Return the promotion pull requests of a source pull request, in any state."""
        head = f"{self.owner}:promote/{tier}/{source}"
        found: list[dict[str, Any]] = self.kim.get("/pulls", state="all", head=head, base=tier)
        return found

    def summaries(self, source: int) -> list[str]:
        """Return our summary comments on a source pull request."""
        return [body for body in self.kim.comments(source, BOT) if SUMMARY in body]

    def row(self, source: int, tier: str = "tier-1") -> str:
        """Return what the summary comment says about a tier."""
        lines = [line for body in self.summaries(source) for line in body.splitlines()]
        return next((line.split(" | ", 1)[1].rstrip(" |") for line in lines if line.startswith(f"| `{tier}` |")), "")

    def told(self, source: int, words: str, tier: str = "tier-1", *, within: float = 30) -> str:
        """Wait until the summary says something of a tier; return the whole row."""

        def look() -> str | None:
            row = self.row(source, tier)
            return row if words in row else None

        return eventually(look, f"{words!r} for {tier} on {self.name}#{source}", within=within)

    def promoted(self, source: int, tier: str = "tier-1", *, within: float = 30) -> dict[str, Any]:
        """Wait until a change is offered to a tier and its summary says so; return the promotion pull request."""
        self.told(source, "is open", tier, within=within)
        (found,) = self.promotions(source, tier)
        return found

    def check(self, sha: str, name: str = "tierkeeper/promotion") -> dict[str, Any] | None:
        """Return the newest check run of a name on a commit."""
        runs: list[dict[str, Any]] = self.kim.get(f"/commits/{sha}/check-runs", check_name=name)["check_runs"]
        return runs[0] if runs else None

    def judged(self, sha: str, conclusion: str, name: str = "tierkeeper/promotion") -> dict[str, Any]:
        """Wait for a check run that ended so; return it."""

        def look() -> dict[str, Any] | None:
            run = self.check(sha, name)
            return run if run and run["conclusion"] == conclusion else None

        return eventually(look, f"{name}: {conclusion} on {sha[:12]} of {self.name}")


@contextmanager
def planted(stage: Stage, name: str, *, rules: str = RULES, files: Mapping[str, str] = FILES) -> Iterator[Shop]:
    """Make a repository with three equal tiers, and let the App in; people leave when the block ends."""
    plot = {"full_name": name, "files": {".github/tierkeeper.yml": rules, **files}, "branches": list(TIERS)}
    httpx.post(f"{stage.url}/_sandbox/repositories", json=plot, timeout=30).raise_for_status()
    kim, sam = stage.person("kim", name), stage.person("sam", name)
    with kim.api, sam.api:
        yield Shop(stage, name, kim, sam)
