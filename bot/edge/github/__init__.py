"""GitHub's API, as the handlers want it: no tokens, no pages, no status codes."""

from bot.edge.github.api import GitHub
from bot.edge.github.limits import Limits, in_background

__all__ = ["GitHub", "Limits", "in_background"]
