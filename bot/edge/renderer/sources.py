"""What kustomize says of the files and texts a generator is fed with, told anew: its own words quote lines of them.

Of those words none is passed on, so none can be a Secret's: what is wrong is chosen from sentences that stand here, and
a file is only named if it is there, or where the kustomization names it as one of variables.
"""

import os
import re
from pathlib import Path
from typing import Final

_BEGINS: Final = re.compile(r"loading KV pairs|(?:env source files|(?:file|literal) sources):? \[|invalid utf8 bytes")
_WRONG: Final = (
    ("invalid utf8 bytes", "a line is not UTF-8"),
    ("expected key=value", "a literal is not `key=value`"),
    ("key name or file path contains '='", "what stands before or after `=` has a `=` too"),
    ("missing key name", "there is no key before `=`"),
    ("missing file path", "there is no path after `=`"),
    ("is not in or below", "a file lies outside the kustomization's directory"),
    ("must resolve to a file", "what should be a file is a directory"),
    ("no such file", "a file is missing"),
)
"""What occurs in kustomize's words (5.8), and what it means; the first counts."""
_OTHER: Final = "kustomize does not take what a generator is fed with; its words are left out, for they may quote it"
_LISTED: Final = re.compile(r"(env source files|file sources): \[([^\]\n]{0,1000})\]")
_NAME: Final = re.compile(r"[\w./@+-]{1,200}")


def parted(said: str) -> tuple[str, str]:
    """Return what is said before it comes to a generator's sources, and what is said of those."""
    begins = _BEGINS.search(said)
    return (said[: begins.start()], said[begins.start() :]) if begins else (said, "")


def wrong(said: str) -> str:
    """Return what is wrong with sources, whatever the words for it quote."""
    return next((meaning for words, meaning in _WRONG if words in said), _OTHER)


def named(said: str, directory: Path) -> tuple[str, ...]:
    """Return which files are complained of, as the kustomization in that directory names them."""
    listed = _LISTED.search(said)
    if listed is None:
        return ()
    names = [one.partition("=")[2] or one for one in listed[2].split()]
    variables = listed[1] == "env source files"
    return tuple(one for one in names if _NAME.fullmatch(one) and (variables or os.path.isfile(directory / one)))  # noqa: PTH113
