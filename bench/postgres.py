"""A PostgreSQL of the bench's own, on loopback and with its disk's own pace."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg

from bench.places import disk
from bot.demo.stage import free_port

OPTIONS = "-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server."""

    port: int

    def database(self) -> str:
        """Return the URL of a new database."""
        name = f"db_{uuid4().hex[:8]}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f'create database "{name}"'.encode())
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql://tierkeeper@127.0.0.1:{self.port}/{database}"


@contextmanager
def running() -> Iterator[Cluster]:
    """Run a server for as long as the block lasts."""
    with disk() as place:
        port = free_port()
        if user := _unprivileged():
            shutil.chown(place, user)
        _run(place, user, "initdb", "-D", "data", "-U", "tierkeeper", "--auth=trust", "-E", "UTF8")
        _run(place, user, "pg_ctl", "start", "-w", "-D", "data", "-l", "log", "-o", f"-p {port} {OPTIONS}")
        try:
            yield Cluster(port)
        finally:
            _run(place, user, "pg_ctl", "stop", "-m", "immediate", "-D", "data")


def _run(place: Path, user: str | None, program: str, *arguments: str) -> None:
    with (place / "out").open("ab") as out:
        command = [str(_binaries() / program), *arguments]
        subprocess.run(command, cwd=place, user=user, check=True, stdout=out, stderr=out, timeout=120)  # noqa: S603 - our own words


def _binaries() -> Path:
    """Return the directory of PostgreSQL's programs; Debian keeps the server's out of PATH."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if installed:
        return installed[-1].parent
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    raise SystemExit("PostgreSQL's server programs are not here: apt-get install postgresql")


def _unprivileged() -> str | None:
    """Return whom the server runs as: it refuses to run as root."""
    if os.geteuid():
        return None
    known = {each.pw_name for each in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)
