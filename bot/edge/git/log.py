"""What the policies and explanations need to know about the commits of branches."""

from bot.core import message
from bot.core.model import Commit, Sha
from bot.edge.git.view import MOST_COMMITS, View

_MOST_HISTORY = 100
_MOST_PATHS = 1000


def commits(view: View, tip: Sha, onto: Sha) -> tuple[Commit, ...]:
    """Return the newest commits of `tip` that `onto` lacks, oldest first."""
    return view.commits("--topo-order", f"--max-count={MOST_COMMITS}", "--end-of-options", tip, f"^{onto}")


def last_saying(view: View, key: str, tip: Sha, onto: Sha) -> Commit | None:
    """Return the newest commit of `tip` that `onto` lacks and that has a trailer of that key, however many follow it.

    Git finds the candidates by their bytes; whether one has a trailer, or only speaks of it, the trailers' reader says.
    To look at all of them takes less time than it took to fetch them.
    """
    candidates = view.read(
        "rev-list", "--topo-order", "--encoding=none", "--regexp-ignore-case", "--fixed-strings", f"--grep={key}",
        "--end-of-options", tip, f"^{onto}",
    )  # fmt: skip
    found = (view.commit(sha) for sha in candidates.decode().split())
    return next((commit for commit in found if message.values(commit.message, key)), None)


def history(view: View, paths: tuple[str, ...], tip: Sha, onto: Sha) -> tuple[Commit, ...]:
    """Return the newest first-parent commits of `tip` that `onto` lacks and that touch the paths, oldest first."""
    asked = [path for path in paths if path and "\n" not in path][:_MOST_PATHS]
    if not asked:
        return ()
    data = "\n".join([tip, f"^{onto}", "--", *asked, ""])
    return view.commits("--first-parent", f"--max-count={_MOST_HISTORY}", "--stdin", data=data)
