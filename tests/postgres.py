"""A real PostgreSQL of one's own, on loopback, for tests and benches."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
import pytest

from tests.deliveries import free_port


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL server whose data lives in a temporary directory."""

    binaries: Path
    directory: Path
    port: int
    user: str | None
    """Whom it runs as; PostgreSQL refuses to run as root."""
    options: str

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= {self.options}"
        self._run("pg_ctl", "start", "-w", "-D", "data", "-l", "log", "-o", options)

    def stop(self) -> None:
        """Stop it at once, as a crash would."""
        self._run("pg_ctl", "stop", "-m", "immediate", "-D", "data")

    def create(self) -> None:
        """Make its data directory."""
        self._run("initdb", "-D", "data", "-U", "tierkeeper", "--auth=trust", "--no-sync", "-E", "UTF8")

    def database(self) -> str:
        """Return the URL of a new database."""
        name = f"db_{uuid4().hex[:8]}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'create database "{name}"'.encode())
        return self.url(name)

    def url(self, database: str) -> str:
        """Return the URL of a database."""
        return f"postgresql://tierkeeper@127.0.0.1:{self.port}/{database}"

    def _run(self, program: str, *arguments: str) -> None:
        with (self.directory / "out").open("ab") as out:
            subprocess.run(  # noqa: S603 - our own arguments
                [self.binaries / program, *arguments],
                cwd=self.directory,
                user=self.user,
                check=True,
                stdout=out,
                stderr=out,
                timeout=120,
            )


@contextmanager
def running(*, options: str, within: Path | None = None) -> Iterator[Cluster]:
    """Run a server with further options for as long as the block lasts, its data in a directory within another.

    That must not be pytest's own temporary one: no other user may enter it, and PostgreSQL does not run as root.
    """
    with TemporaryDirectory(prefix="tierkeeper-postgres-", dir=within) as name:
        directory = Path(name)
        user = _unprivileged() if os.geteuid() == 0 else None
        if user:
            shutil.chown(directory, user)
        cluster = Cluster(_binaries(), directory, free_port(), user, options)
        cluster.create()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Return a running PostgreSQL that the whole session shares; it need not survive the machine."""
    with running(options="-c fsync=off") as cluster:
        yield cluster


@pytest.fixture
def postgres(cluster: Cluster) -> str:
    """Return the URL of an empty PostgreSQL database."""
    return cluster.database()


def _binaries() -> Path:
    """Return the directory of PostgreSQL's programs; Debian keeps the server's out of PATH."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if installed:
        return installed[-1].parent
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    pytest.fail("these tests need PostgreSQL's server programs: apt-get install postgresql")


def _unprivileged() -> str:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    pytest.fail("PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody")
