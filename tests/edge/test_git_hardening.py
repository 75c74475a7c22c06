"""What a stranger, the environment or the machine might make git do, and does not get it to do."""

import base64
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot.core.model import Picked, Pushed, Refused, Sha, Transient
from bot.edge.git import MirrorGit, environment, names, process, remote
from bot.edge.git.view import View
from tests.edge.gitrepo import CLEAN, CONFLICTED, Upstream, git, merged, repository
from tests.edge.gitserver import TOKEN, Server, serving

BASIC = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()


@pytest.fixture
def view(tmp_path: Path) -> Iterator[View]:
    """Look at an empty mirror."""
    git(tmp_path, "init", "--quiet", "--bare", "mirror.git")
    (tmp_path / "quarantine").mkdir()
    made = View(tmp_path / "mirror.git", tmp_path / "quarantine")
    yield made
    made.close()


def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a git before the real one that writes down how it is called; return where."""
    log, shim = tmp_path / "calls", tmp_path / "bin" / "git"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> {log}\nexec {shutil.which("git")} "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    return log


async def promote(
    engine: MirrorGit, server: Server, commit: Sha, onto: Sha, branch: str = "promote/tier-1/12"
) -> Pushed:
    repo = repository(server.url)
    async with engine.workspace(repo) as work:
        change = await work.change(merged(repo, commit, head=commit), onto=onto)
        outcome = await work.pick(change, onto=onto, commit=CLEAN, conflicted=CONFLICTED, into="tier-1")
        assert isinstance(outcome, Picked)
        pushed = await work.push(branch, outcome.commit, expected=None)
    assert isinstance(pushed, Pushed)
    return pushed


async def test_the_token_is_shown_to_the_server_and_written_nowhere(
    engine: MirrorGit, server: Server, upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = recorded(tmp_path, monkeypatch)
    async with engine.workspace(repository(server.url)):
        pass
    onto = upstream.tip("tier-1")
    commit = upstream.commit({"app.yaml": "image: 2\nreplicas: 1\n"}, "Bump (#12)")
    upstream.publish()
    server.failures[:] = [418, 0, 0, 418]  # neither our own fetch nor our own push is understood

    await promote(engine, server, commit, onto)

    argv = log.read_text()
    assert all(word in argv for word in ("clone", "fetch", "merge-tree", "push"))
    files = [path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file()]
    for secret in (TOKEN, BASIC):
        assert secret not in argv
        assert not any(secret.encode() in content for content in files)
    assert all(headers.get("Authorization") == f"Basic {BASIC}" for headers in server.headers)


def test_the_token_is_for_one_host(view: View) -> None:
    config = environment.Server("https://github.com/acme/config.git", TOKEN).config()

    ours = view.run("config", "--get-urlmatch", "http.extraHeader", "https://github.com/any/thing.git", config=config)
    theirs = view.run("config", "--get-urlmatch", "http.extraHeader", "https://github.com.evil.org/x", config=config)

    assert ours.out.decode().strip() == f"Authorization: Basic {BASIC}"
    assert theirs.out == b""
    assert TOKEN not in repr(environment.Server("https://github.com/", TOKEN))


def test_a_redirect_is_not_followed(view: View, server: Server, tmp_path: Path) -> None:
    with serving(tmp_path / "elsewhere") as elsewhere:
        server.redirect = elsewhere.url

        with pytest.raises(Transient):
            remote.tip(view, environment.Server(f"{server.url}/acme/config.git", TOKEN), "refs/heads/tier-0")

        assert elsewhere.asked == []


def test_a_child_gets_only_what_we_chose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shim = tmp_path / "git"
    shim.write_text("#!/bin/sh\nexec env\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    for name in ("PRIVATE_KEY", "GIT_TRACE_CURL", "GIT_TRACE2_CONFIG_PARAMS", "GIT_SSL_NO_VERIFY", "GIT_INDEX_FILE"):
        monkeypatch.setenv(name, "leaked")
    monkeypatch.setenv("GIT_DIR", "leaked")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "999")

    variables = environment.variables({"a.b": "c"}, GIT_DIR="ours")
    seen = process.run(tmp_path, variables, ("version",), 10, b"").out.decode()

    names_seen = {line.partition("=")[0] for line in seen.splitlines()}
    assert "leaked" not in seen
    assert names_seen == {*variables, "LANGUAGE", "LC_ALL", "PWD"}
    assert "GIT_DIR=ours" in seen


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("core.hooksPath", "/dev/null"),
        ("core.fsmonitor", "false"),
        ("credential.helper", ""),
        ("core.askPass", ""),
        ("fetch.recurseSubmodules", "false"),
        ("gc.auto", "0"),
        ("http.followRedirects", "false"),
        ("init.templateDir", ""),
        ("maintenance.auto", "false"),
        ("protocol.allow", "never"),
        ("push.recurseSubmodules", "no"),
        ("safe.bareRepository", "explicit"),
        ("transfer.fsckObjects", "true"),
    ],
)
def test_a_mirror_cannot_unset_our_configuration(view: View, key: str, value: str) -> None:
    git(view.mirror, "config", key, "true" if value == "false" else "/evil")

    done = view.run("config", "--get", key)

    assert (done.status, done.out.decode().strip()) == (0, value)


def test_no_configuration_of_the_machine_or_user_counts(
    view: View, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitconfig").write_text("[evil]\n\tuser = yes\n")
    (tmp_path / "system").write_text("[evil]\n\tsystem = yes\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", str(tmp_path / "system"))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'evil.parameter=yes'")

    shown = view.read("config", "--list").decode()

    assert "evil" not in shown


def test_no_prompt_and_no_replacement_and_no_system_attributes(view: View) -> None:
    variables = view.variables({})

    assert variables["GIT_TERMINAL_PROMPT"] == "0"
    assert variables["GIT_NO_REPLACE_OBJECTS"] == "1"
    assert variables["GIT_ATTR_NOSYSTEM"] == "1"
    assert variables["GIT_CONFIG_NOSYSTEM"] == "1"


def test_a_replaced_commit_is_read_as_it_was(upstream: Upstream, tmp_path: Path) -> None:
    (tmp_path / "quarantine").mkdir()
    other = upstream.commit({"other.yaml": "x\n"}, "Other")
    upstream.publish()
    git(upstream.bare, "replace", other, f"{other}~1")

    looking = View(upstream.bare, tmp_path / "quarantine")
    commit = looking.commit(other)
    looking.close()

    assert commit.message == "Other\n"


@pytest.mark.parametrize("url", ["file:///{}", "ext::touch {}/x", "{}"])
def test_git_speaks_no_other_protocol(view: View, upstream: Upstream, tmp_path: Path, url: str) -> None:
    address = url.format(upstream.bare if "ext" not in url else tmp_path)

    done = view.run("ls-remote", "--end-of-options", address, config={"protocol.https.allow": "always"})

    assert done.status == 128
    assert "not allowed" in done.err
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "url",
    [
        "http://github.com/a/b.git", "git://github.com/a/b.git", "ssh://git@github.com/a/b.git", "/srv/a.git", "",
        "https://user:secret@github.com/a/b.git", "ext::sh -c x", "--upload-pack=x", "https://a b/",
    ],
)  # fmt: skip
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(Refused):
        names.address(url)


@pytest.mark.parametrize("url", ["https://github.com/a/b.git", "http://127.0.0.1:8080/a.git", "http://localhost/a.git"])
def test_https_and_this_machine_are_accepted(url: str) -> None:
    assert names.address(url) == url


@pytest.mark.parametrize(
    "text", ["", "main", "HEAD", "a" * 39, "A" * 40, "a" * 41, "--all", f"{'a' * 40}\n", "^" + "a" * 40]
)
def test_only_full_object_names_are_taken(text: str) -> None:
    with pytest.raises(Refused):
        names.sha(text)


@pytest.mark.parametrize(
    "branch",
    [
        "", "@", "/a", "a/", "a//b", "a..b", "a b", "a\tb", "a\nb", "a~1", "a^",
        "a:b", "a?b", "a*", "a[b", "a\\b", ".a", "a/.b",
        "a.", "a.lock", "a.lock/b", "a@{b", "a\x7fb", "x" * 300, "refs/heads/x\0",
    ],
)  # fmt: skip
def test_what_git_takes_for_no_branch_is_refused(branch: str) -> None:
    with pytest.raises(Refused):
        names.ref(branch)


@pytest.mark.parametrize("branch", ["--all", "-x", "+a", "--upload-pack=touch x", "ümlaut", "a'b$(c)", "HEAD"])
async def test_an_option_like_branch_is_just_a_branch(
    engine: MirrorGit, server: Server, upstream: Upstream, branch: str
) -> None:
    onto = upstream.tip("tier-1")
    commit = upstream.commit({"app.yaml": "image: 2\nreplicas: 1\n"}, "Bump (#12)")
    upstream.publish()

    if " " in branch:
        with pytest.raises(Refused):
            await promote(engine, server, commit, onto, branch)
    else:
        pushed = await promote(engine, server, commit, onto, branch)

        assert upstream.tip(branch) == pushed.commit
        assert git(upstream.bare, "for-each-ref", "--format=x").count("x") == 3


def test_a_process_is_limited(view: View) -> None:
    running = process.start(view.mirror, view.variables({}), ("cat-file", "--batch-command"))
    limits = Path(f"/proc/{running.pid}/limits").read_text()
    process.stop(running)

    rows = {line[:26].strip(): line[26:].split()[:2] for line in limits.splitlines()[1:]}
    assert rows["Max core file size"] == ["0", "0"]
    for name in ("Max address space", "Max cpu time", "Max file size"):
        assert "unlimited" not in rows[name]


def test_a_deadline_kills_git_and_its_children(view: View, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.stall.clear()
    monkeypatch.setattr(remote, "TIMEOUT", 1.0)

    with pytest.raises(Transient, match="longer than 1 s"):
        remote.tip(view, environment.Server(f"{server.url}/acme/config.git", TOKEN), "refs/heads/tier-0")

    assert server.asked, "git-remote-http had not even begun"
    deadline = time.monotonic() + 10
    while left := _speaking_to(server.url):
        assert time.monotonic() < deadline, left
        os.sched_yield()


def test_a_deadline_kills_children_that_outlive_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shim = tmp_path / "bin" / "git"
    shim.parent.mkdir()
    shim.write_text("#!/bin/sh\nsleep 1234567 &\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")

    with pytest.raises(Transient, match=r"longer than 0\.5 s"):
        process.run(tmp_path, environment.variables({}), ("version",), 0.5, b"")

    deadline = time.monotonic() + 10
    while any(path.read_bytes() == b"sleep\x001234567\0" for path in Path("/proc").glob("[0-9]*/cmdline")):
        assert time.monotonic() < deadline
        os.sched_yield()


def _speaking_to(url: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if url in (words := path.read_text(errors="replace")) and "git" in words:
                found.append(words)
    return found


async def test_hooks_are_not_run(engine: MirrorGit, server: Server, upstream: Upstream, tmp_path: Path) -> None:
    onto = upstream.tip("tier-1")
    commit = upstream.commit({"app.yaml": "image: 2\nreplicas: 1\n"}, "Bump (#12)")
    upstream.publish()
    async with engine.workspace(repository(server.url)):
        pass
    (mirror,) = (tmp_path / "state" / "mirrors").iterdir()
    for name in ("pre-push", "post-index-change", "reference-transaction"):
        hook = mirror / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\n")
        hook.chmod(0o755)

    await promote(engine, server, commit, onto)

    assert not (tmp_path / "hooked").exists()


async def test_submodules_are_data(engine: MirrorGit, server: Server, upstream: Upstream) -> None:
    onto = upstream.tip("tier-1")
    modules = f'[submodule "x"]\n\tpath = x\n\turl = {server.url}/evil.git\n'
    upstream.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},x")
    (upstream.work / ".gitmodules").write_text(modules)
    upstream.git("add", ".gitmodules")
    upstream.git("commit", "--quiet", "-m", "Submodule (#12)")
    commit = upstream.head()
    upstream.publish()

    pushed = await promote(engine, server, commit, onto)

    assert not [asked for asked in server.asked if "evil" in asked]
    assert git(upstream.bare, "ls-tree", pushed.commit, "x") == f"160000 commit {'1' * 40}\tx"


async def test_an_evil_gitmodules_is_not_even_fetched(engine: MirrorGit, server: Server, upstream: Upstream) -> None:
    commit = upstream.commit({".gitmodules": '[submodule "a"]\n\tpath = a\n\turl = -u./payload\n'}, "Evil (#12)")
    upstream.publish()
    repo = repository(server.url)

    with pytest.raises(Refused, match=r"for an attack \([0-9a-f]{40}: gitmodulesUrl: .*we do not fetch it"):
        async with engine.workspace(repo) as work:
            await work.change(merged(repo, commit, head=commit), onto=upstream.tip("tier-1"))
