"""What may be called what: each check returns the value, or raises ValueError with a sentence."""

import re

from bot.core.rules.problem import quoted

TIER = r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9_-])?$"
TIER_LONGEST = 50 - len("tier/")
"""GitHub takes 50 characters in a label."""

LABEL_LONGEST = 50
REVIEWER = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}(/[A-Za-z0-9._-]{1,100})?$"

BRANCH_LONGEST = 244
"""Bytes; with `refs/heads/` before it, the 255 that file systems take."""

RELEASE = r"^[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?$"
"""Helm takes 53 characters. https://helm.sh/docs/chart_template_guide/getting_started."""

GLOB_LONGEST = 200
GLOBSTARS_MOST = 2
"""With three, a path made for it keeps the matcher busy for more than a second."""

_OURS = ("promote", "gh-readonly-queue", "refs")
"""What `promote/...` and merge queues are for, and what GitHub refuses in a branch's name."""


def version(number: int) -> int:
    """Check the version of the format."""
    if number != 1:
        raise ValueError(f"expected version 1, the only one this Tierkeeper reads; found {number}")
    return number


def tier(name: str) -> str:
    """Check that `promote/<tier>/7` is a branch and `tier/<tier>` a label."""
    if not re.match(TIER, name) or name.endswith((".lock", "\n")) or ".." in name:
        raise ValueError(
            f"{quoted(name)} cannot be a tier's name: expected letters, digits, '-', '_' and single inner dots,"
            " for it becomes part of a branch"
        )
    if len(name) > TIER_LONGEST:
        raise ValueError(
            f"expected at most {TIER_LONGEST} characters, for 'tier/<name>' becomes a label; found {len(name)}"
        )
    return name


def branch(name: str) -> str:
    """Check a branch's name by git's rules, GitHub's and ours. https://git-scm.com/docs/git-check-ref-format."""
    if reason := _why_no_branch(name):
        raise ValueError(f"{quoted(name)} cannot be a tier's branch: {reason}")
    return name


def _why_no_branch(name: str) -> str | None:
    forbidden = re.search(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//", name)
    parts = name.split("/")
    size = len(name.encode(errors="surrogatepass"))
    reasons = {
        "it is empty": not name,
        "git allows no %s in it" % (repr(forbidden[0]) if forbidden else ""): forbidden,
        "git allows no '/' at its start or end": not all((parts[0], parts[-1])),
        "no part of it may start with '.' or end with '.lock'": any(
            p.startswith(".") or p.endswith(".lock") for p in parts
        ),
        "it may not start with '-'": name.startswith("-"),
        "it may not end with '.'": name.endswith("."),
        "it may not be 'HEAD' or '@'": name in {"HEAD", "@"},
        "it looks like a commit": re.fullmatch(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}", name),
        f"{parts[0]!r} is taken, for the bot's own branches or for GitHub's": parts[0] in _OURS,
        f"it has {size} bytes, more than {BRANCH_LONGEST}": size > BRANCH_LONGEST,
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


def label(name: str) -> str:
    """Check that a pull request can carry a label of this name."""
    if not name.strip() or len(name) > LABEL_LONGEST:
        raise ValueError(f"expected a label of 1 to {LABEL_LONGEST} characters, found {quoted(name)}")
    return name


def pattern(text: str) -> str:
    """Check that a glob can match a path of the repository: `docs/**`, never `/docs` or `./docs`."""
    if not text.strip() or len(text) > GLOB_LONGEST:
        raise ValueError(f"expected a pattern of 1 to {GLOB_LONGEST} characters, found {quoted(text)}")
    if text.count("**") > GLOBSTARS_MOST:
        raise ValueError(f"expected at most two '**' in a pattern, found {text.count('**')}")
    if text.startswith(("/", "./", "../")):
        raise ValueError(
            f"{quoted(text)} matches nothing: paths start at the root of the repository, without '/' or './'"
        )
    return text


def reviewer(name: str) -> str:
    """Check a login, or a team as `org/team`."""
    if name.startswith("@"):
        raise ValueError(f"expected a login or 'org/team', found {quoted(name)}; leave the '@' out")
    if not re.match(REVIEWER, name) or name.endswith("\n"):
        raise ValueError(f"expected a login or 'org/team', found {quoted(name)}")
    return name


def inside(path: str) -> str:
    """Check a path from the repository's root."""
    parts = path.split("/")
    if len(path) > GLOB_LONGEST or not path.isprintable() or (path != "." and {"", ".", ".."} & set(parts)):
        raise ValueError(f"expected a path from the root of the repository, without './' or '..', found {quoted(path)}")
    return path


def release(name: str) -> str:
    """Check the name of a release or a namespace."""
    if not re.match(RELEASE, name) or name.endswith("\n"):
        raise ValueError(f"expected lower-case letters, digits and inner '-', at most 53, found {quoted(name)}")
    return name


def line(text: str) -> str:
    """Check a glob of names."""
    if not text.strip() or len(text) > GLOB_LONGEST or not text.isprintable():
        raise ValueError(f"expected 1 to {GLOB_LONGEST} characters on one line, found {quoted(text)}")
    return text
