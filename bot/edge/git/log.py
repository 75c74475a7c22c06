"""What the policies and explanations need to know about the commits of branches."""

from bot.core.model import Commit, Sha
from bot.edge.git.view import MOST_COMMITS, View

_MOST_HISTORY = 100
_MOST_PATHS = 1000


def commits(view: View, tip: Sha, onto: Sha) -> tuple[Commit, ...]:
    """Return the newest commits of `tip` that `onto` lacks, oldest first."""
    return view.commits("--topo-order", f"--max-count={MOST_COMMITS}", "--end-of-options", tip, f"^{onto}")


def history(view: View, paths: tuple[str, ...], tip: Sha, onto: Sha) -> tuple[Commit, ...]:
    """Return the newest first-parent commits of `tip` that `onto` lacks and that touch the paths, oldest first."""
    asked = [path for path in paths if path and "\n" not in path][:_MOST_PATHS]
    if not asked:
        return ()
    data = "\n".join([tip, f"^{onto}", "--", *asked, ""])
    return view.commits("--first-parent", f"--max-count={_MOST_HISTORY}", "--stdin", data=data)
