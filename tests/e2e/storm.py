"""A storm: merges all over the place while the bot is killed at random moments, and what must be true afterwards."""

import random
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from bot.demo.stage import Process, eventually
from tests.e2e.promised import broken
from tests.e2e.shop import Shop

METHODS = ("merge", "squash", "rebase")
LONGEST_LIFE = 2.2
"""Seconds; a start takes one of them, so lives end before, during and after work."""


@dataclass(slots=True)
class Storm:
    """One storm, the same again for the same seed as far as processes let it."""

    shops: Sequence[Shop]
    dice: random.Random
    merged: dict[str, dict[int, dict[str, str]]] = field(default_factory=dict)
    """By repository: source pull requests with the files they brought."""
    lives: list[float] = field(default_factory=list)
    """How long the bot lived each time, in seconds."""

    def blow(self, bot: Process, *, merges: int, kills: int) -> None:
        """Spread the merges over the bot's lives, and end each life at a random moment."""
        with ThreadPoolExecutor(max_workers=3) as people:
            going: list[Future[None]] = []
            for life in range(kills):
                numbers = range(merges * life // kills, merges * (life + 1) // kills)
                going += [people.submit(self._merge, number, self.dice.choice(METHODS)) for number in numbers]
                if not bot.alive():
                    bot.launch()
                self.lives.append(self.dice.uniform(0.05, LONGEST_LIFE))
                time.sleep(self.lives[-1])
                bot.kill()
            for each in going:
                each.result()

    def _merge(self, number: int, method: str) -> None:
        shop, files = self.shops[number % len(self.shops)], {f"change-{number}.yaml": f"number: {number}\n"}
        source = shop.merged(f"Change {number}", files, method=method)
        self.merged.setdefault(shop.name, {})[source] = files

    def settle(self, *, within: float) -> None:
        """Wait until every promise is kept; TimeoutError names those that are not, once none was kept for seconds."""
        left = [(shop, source, files) for shop in self.shops for source, files in self.merged[shop.name].items()]

        def look() -> bool:
            before = len(left)
            left[:] = [(shop, source, files) for shop, source, files in left if broken(shop, {source: files})]
            return len(left) < before

        try:
            while left:
                eventually(look, "another promise kept", within=within)
        except TimeoutError as late:
            raise TimeoutError("\n".join([str(late), *self.damage()])) from late

    def damage(self) -> list[str]:
        """Return every promise that is not kept now."""
        return [what for shop in self.shops for what in broken(shop, self.merged[shop.name])]
