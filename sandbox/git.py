"""Bare git repositories and the plumbing the sandbox needs of them: nothing here knows about GitHub.

Answers about objects named by their full hash never change and are remembered; refs are remembered until something
moves them, and nothing but the sandbox does. Git 2.39 is enough: `merge-tree --write-tree` needs no work tree.
"""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ZERO = "0" * 40
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
BOT_REFUSED = "refusing to allow a GitHub App to create or update workflow without `workflows` permission"
UPDATE_HOOK = f"""#!/bin/sh
# A GitHub App may not write workflows unless it was given that permission; the door sets the variable.
[ -n "$SANDBOX_NO_WORKFLOWS" ] || exit 0
case "$3" in *[!0]*) ;; *) exit 0 ;; esac
[ -z "$(git log -1 --full-history --format=%H "$3" --not --all -- .github/workflows)" ] && exit 0
echo '{BOT_REFUSED}' >&2
exit 1
"""
SETTINGS = (
    ("http.receivepack", "true"),
    ("uploadpack.allowFilter", "true"),
    ("uploadpack.allowAnySHA1InWant", "true"),
    ("uploadpack.allowReachableSHA1InWant", "true"),
    ("receive.hideRefs", "refs/pull"),
    ("gc.auto", "0"),
    ("receive.autogc", "false"),
)
CACHED_ANSWERS = 20_000


class GitError(Exception):
    """Git said no; the message is git's own."""


@dataclass(frozen=True, slots=True)
class Ident:
    """Who wrote a commit, and when."""

    name: str
    email: str
    date: str
    """`1700000000 +0900`, as git keeps it."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit object."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Ident
    committer: Ident
    message: str


@dataclass(frozen=True, slots=True)
class NewCommit:
    """A commit to be written."""

    tree: str
    parents: tuple[str, ...]
    message: str
    author: Ident
    committer: Ident


def environment() -> dict[str, str]:
    """Return an environment in which git reads no configuration but the repository's own."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}


class Bare:
    """One bare repository."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.turn = asyncio.Lock()
        """Held by whoever moves refs: a push, a merge, a commit through the API."""
        self._refs: dict[str, str] | None = None
        self._known: dict[tuple[str, ...], bytes] = {}

    async def create(self, branch: str) -> None:
        """Make the repository, empty, with HEAD at a branch still to be born."""
        self.path.mkdir(parents=True)
        await self.run("init", "--quiet", "--bare", f"--initial-branch={branch}", "--template=", ".")
        for name, value in SETTINGS:
            await self.run("config", name, value)
        hook = self.path / "hooks" / "update"
        hook.parent.mkdir()
        hook.write_text(UPDATE_HOOK)
        hook.chmod(0o755)

    async def run(self, *argv: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
        """Run git and return what it printed; raises GitError unless it ends well."""
        code, out, err = await self.attempt(*argv, stdin=stdin, env=env)
        if code:
            raise GitError(err.decode(errors="replace").strip() or f"git {argv[0]} ended with {code}")
        return out

    async def attempt(
        self, *argv: str, stdin: bytes = b"", env: Mapping[str, str] | None = None
    ) -> tuple[int, bytes, bytes]:
        """Run git and return its exit status and both outputs."""
        process = await asyncio.create_subprocess_exec(
            "git",
            *argv,
            cwd=self.path,
            env={**environment(), **(env or {})},
            stdin=asyncio.subprocess.PIPE if stdin else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(stdin or None)
        return process.returncode or 0, out, err

    async def fact(self, *argv: str) -> bytes:
        """Run a command whose objects are all named by full hash: the answer is asked of git only once."""
        if argv not in self._known:
            if len(self._known) >= CACHED_ANSWERS:
                self._known.clear()
            self._known[argv] = await self.run(*argv)
        return self._known[argv]

    def forget_refs(self) -> None:
        """Read the refs anew next time."""
        self._refs = None

    async def refs(self) -> dict[str, str]:
        """Return every ref and the object it names, annotated tags unpeeled."""
        if self._refs is None:
            out = await self.run("for-each-ref", "--format=%(objectname) %(refname)")
            pairs = (line.split(" ", 1) for line in out.decode(errors="surrogateescape").splitlines())
            self._refs = {name: sha for sha, name in pairs}
        return self._refs

    async def branch(self, name: str) -> str | None:
        """Return the commit a branch points at."""
        return (await self.refs()).get(f"refs/heads/{name}")

    async def resolve(self, name: str) -> str | None:
        """Return the commit that a full hash, abbreviated hash, branch, tag or ref names."""
        refs = await self.refs()
        for candidate in (name, f"refs/heads/{name}", f"refs/tags/{name}", f"refs/{name}"):
            if candidate in refs:
                name = refs[candidate]
                break
        if not name or name.startswith("-"):
            return None
        spec = f"{name}^{{commit}}"
        code, out, _ = await self.attempt("rev-parse", "--verify", "--quiet", "--end-of-options", spec)
        return out.decode().split()[-1] if code == 0 else None

    async def move(self, ref: str, new: str, *, old: str) -> None:
        """Point a ref at a commit if it still is at `old`; ZERO for neither there. Raises GitError."""
        await self.run("update-ref", "--stdin", "-z", stdin=f"update {ref}\0{new}\0{old}\0".encode())
        self.forget_refs()

    async def commit(self, sha: str) -> Commit:
        """Read a commit by its full hash."""
        raw = (await self.fact("cat-file", "commit", sha)).decode(errors="replace")
        head, _, message = raw.partition("\n\n")
        fields = [line.partition(" ") for line in head.split("\n") if not line.startswith(" ")]
        one = {name: value for name, _, value in fields}
        parents = tuple(value for name, _, value in fields if name == "parent")
        return Commit(sha, one["tree"], parents, _ident(one["author"]), _ident(one["committer"]), message)

    async def write(self, new: NewCommit) -> str:
        """Write a commit object and return its hash."""
        env = {
            "GIT_AUTHOR_NAME": new.author.name,
            "GIT_AUTHOR_EMAIL": new.author.email,
            "GIT_AUTHOR_DATE": new.author.date,
            "GIT_COMMITTER_NAME": new.committer.name,
            "GIT_COMMITTER_EMAIL": new.committer.email,
            "GIT_COMMITTER_DATE": new.committer.date,
        }
        parents = [part for parent in new.parents for part in ("-p", parent)]
        message = new.message.encode(errors="surrogateescape")
        out = await self.run("commit-tree", new.tree, *parents, "-F", "-", stdin=message or b"\n", env=env)
        return out.decode().strip()

    async def merge_tree(self, ours: str, theirs: str) -> str | None:
        """Return the tree of a merge, or None where it conflicts."""
        code, out, err = await self.attempt("merge-tree", "--write-tree", "--no-messages", ours, theirs)
        if code == 1:
            return None
        if code:
            raise GitError(err.decode(errors="replace"))
        return out.decode().strip()

    async def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor of two commits."""
        code, out, _ = await self.attempt("merge-base", one, other)
        return out.decode().split()[0] if code == 0 else None

    async def contains(self, tip: str, commit: str) -> bool:
        """Say whether a commit is reachable from a tip."""
        code, _, _ = await self.attempt("merge-base", "--is-ancestor", commit, tip)
        return code == 0

    async def between(self, base: str, head: str, *options: str) -> tuple[str, ...]:
        """Return commits reachable from `head` and not from `base`, oldest first; ZERO as base excludes nothing."""
        excluded = () if base == ZERO else (f"^{base}",)
        out = await self.fact("rev-list", "--reverse", "--topo-order", *options, head, *excluded)
        return tuple(out.decode().split())


def _ident(line: str) -> Ident:
    who, _, zone = line.rpartition(" ")
    who, _, seconds = who.rpartition(" ")
    name, _, email = who.rpartition(" <")
    return Ident(name.strip(), email.rstrip(">"), f"{seconds} {zone}")
