"""What the demo shows: four merges, four outcomes, told as they happen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from bot.core.words.check import NAME as CHECK
from bot.core.words.diff import MARKER
from bot.demo.stage import Person, Process, eventually

BOT = "tierkeeper[bot]"
PROMOTING = "handlers.promote.on_closed"
T = TypeVar("T")


class Disappointed(Exception):
    """Something the demo promised did not come about; the sentence says what."""


@dataclass(frozen=True, slots=True)
class Story:
    """Kim merges; the bot does the rest; we look at what GitHub then holds."""

    bot: Process
    kim: Person
    console: Console

    def tell(self) -> None:
        """Play it all; raises Disappointed where the outcome is not the promised one."""
        self._clean()
        self._already_there()
        self._conflict()
        self._chain()

    def spent(self) -> int:
        """Return how many API calls promotions have cost so far, by the bot's own metrics."""
        families = text_string_to_metric_families(httpx.get(self.bot.address("/metrics")).text)
        samples = [sample for family in families for sample in family.samples]
        ours = [s for s in samples if s.name == "tierkeeper_api_calls_total" and s.labels["handler"] == PROMOTING]
        return int(sum(sample.value for sample in ours))

    def _clean(self) -> None:
        self._heading("Reviewers see what Argo CD will apply")
        for pull in self.kim.get("/pulls"):
            self._judged(pull, "success")
            self._shows(pull, "`")
        self._heading("A merge becomes a promotion pull request")
        before = self.spent()
        source = self._merge("web: v1.2.0 in Tokyo", "squash")
        promotion = self._see("[tier-1] web: v1.2.0 in Tokyo")
        self._says(source, f"#{promotion['number']} is open")
        self._line(f"the promotion took {self.spent() - before} API calls")
        self._brings(promotion, "overlays/web-tokyo/kustomization.yaml")
        self._shows(promotion, "same as reviewed in `tier-0`")

    def _already_there(self) -> None:
        self._heading("What the tier has already needs no pull request")
        source = self._merge("search: v1.0.1 in Tokyo", "merge")
        self._says(source, "already there")

    def _conflict(self) -> None:
        self._heading("A conflict becomes a draft that cannot be merged by mistake")
        source = self._merge("api: log more", "squash")
        draft = self._see("[conflict] [tier-1] api: log more")
        self._says(source, "**conflicts**")
        if not draft["draft"]:
            raise Disappointed(f"#{draft['number']} is no draft")
        self._tell_check(draft, "failure")

    def _chain(self) -> None:
        self._heading("A merged promotion goes on to the next tier")
        self._merge("[tier-1] web: v1.2.0 in Tokyo", "merge")
        promotion = self._see("[tier-2] web: v1.2.0 in Tokyo")
        self._brings(promotion, "overlays/web-tokyo/kustomization.yaml")
        source = self.kim.pull("web: v1.2.0 in Tokyo")
        if source:
            self._says(source, f"#{promotion['number']} is open")

    def _merge(self, title: str, method: str) -> dict[str, Any]:
        pull = self.kim.pull(title)
        if pull is None:
            raise Disappointed(f"there is no pull request {title!r}")
        self.kim.merge(pull["number"], method)
        self._line(f"kim merged #{pull['number']} {title!r} into {pull['base']['ref']}", pull["html_url"])
        return pull

    def _see(self, title: str) -> dict[str, Any]:
        pull = self._wait(lambda: self.kim.pull(title), f"pull request {title!r}")
        self._line(f"the bot opened #{pull['number']} {title!r}", pull["html_url"])
        return pull

    def _says(self, source: dict[str, Any], text: str) -> None:
        """Look for our one comment on a source pull request."""
        number = source["number"]

        def said() -> bool:
            comments = [body for body in self.kim.comments(number, BOT) if MARKER not in body]
            return len(comments) == 1 and text in comments[0]

        self._wait(said, f"a comment on #{number} that says {text!r}")
        self._line(f"its comment on #{number} says: {text.replace('*', '')}")

    def _shows(self, pull: dict[str, Any], text: str) -> None:
        """Look for our one comment on what a pull request changes for Argo CD."""
        number = pull["number"]

        def shown() -> str | None:
            found = [body for body in self.kim.comments(number, BOT) if MARKER in body]
            return found[0] if len(found) == 1 and text in found[0] else None

        body = self._wait(shown, f"a diff on #{number} that says {text!r}")
        same = f", {text.replace('`', '')}" if text.startswith("same") else ""
        self._line(f"its diff on #{number} says: {body.splitlines()[0].replace('`', '')}{same}", pull["html_url"])

    def _brings(self, promotion: dict[str, Any], path: str) -> None:
        """Hold the files a promotion changes, and their content, against what was merged."""
        head, number = promotion["head"]["sha"], promotion["number"]
        changed = [file["filename"] for file in self.kim.get(f"/pulls/{number}/files")]
        there, merged = (self.kim.get(f"/contents/{path}", ref=ref)["content"] for ref in (head, "tier-0"))
        if changed != [path] or there != merged:
            raise Disappointed(f"#{number} does not hold what was merged: it changes {changed}")
        self._tell_check(promotion, "success")

    def _tell_check(self, pull: dict[str, Any], conclusion: str) -> None:
        self._line(f"its check {CHECK} says: {self._judged(pull, conclusion)}")

    def _judged(self, pull: dict[str, Any], conclusion: str) -> str:
        def judged() -> str | None:
            runs = self.kim.get(f"/commits/{pull['head']['sha']}/check-runs", check_name=CHECK)["check_runs"]
            return next((run["output"]["title"] for run in runs if run["conclusion"] == conclusion), None)

        return self._wait(judged, f"a check that is a {conclusion} on #{pull['number']}")

    @staticmethod
    def _wait(look: Callable[[], T | None], what: str) -> T:
        try:
            return eventually(look, what)
        except TimeoutError as late:
            raise Disappointed(str(late)) from None

    def _heading(self, text: str) -> None:
        self.console.print(f"\n[bold]{text}[/bold]")

    def _line(self, text: str, url: str = "") -> None:
        self.console.print(f"  {text}", highlight=False, markup=False, soft_wrap=True)
        if url:
            self.console.print(f"    {url}", style="dim", highlight=False, markup=False, soft_wrap=True)
