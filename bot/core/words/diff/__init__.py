"""What a change does to what Argo CD will apply, in words: the live comment and the check run `tierkeeper/diff`.

Everything is measured in bytes. GitHub counts a check's summary and text in them. It says that it counts a comment in
characters, people have seen it take four bytes for each of those, and a pull request's body no more than it says; a
text within so many bytes is within so many of anything. https://github.com/dead-claudia/github-limits/pull/13.
"""

from bot.core.words.diff.checking import NAME, check_run
from bot.core.words.diff.sticky import MARKER, comment, unbounded

__all__ = ["MARKER", "NAME", "check_run", "comment", "unbounded"]
