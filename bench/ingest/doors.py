"""The doors that race: ours, the least a Python one can do, and Probot's."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench.door import SECRET
from bot.demo.stage import Process, free_port

OURS, UNSTORED, PROBOT = "tierkeeper", "aiohttp + HMAC", "Probot 14"
PACKAGES = Path(__file__).parents[1] / ".probot"
WANTED = "probot@14"


@contextmanager
def opened(place: Path) -> Iterator[Mapping[str, Process]]:
    """Run all doors; without npm, and say so, all but Probot's."""
    makers: Mapping[str, Callable[[], Process | None]] = {
        OURS: lambda: ours(place, database(place)),
        UNSTORED: lambda: _unstored(place),
        PROBOT: lambda: _probot(place),
    }
    doors: dict[str, Process] = {}
    with ExitStack() as running:
        for name, make in makers.items():
            if door := make():  # one after the other: a port is only surely free of others once it is taken
                running.callback(door.stop)
                door.start()
                doors[name] = door
        yield doors


def ours(place: Path, url: str, *, seconds: float = 0, name: str = "ours") -> Process:
    """Return the bot's door on a database, its handler waiting that long for each merge."""
    port = free_port()
    command = (sys.executable, "-m", "bench.door", url, str(port), str(seconds))
    return Process(command, place / f"{name}.log", f"http://127.0.0.1:{port}", "/readyz")


def database(place: Path) -> str:
    """Return the URL of our door's database."""
    return f"sqlite:///{place / 'deliveries.sqlite3'}"


def rows(place: Path, prefix: str) -> int:
    """Count what is on disk of the deliveries whose ids begin like this."""
    with closing(sqlite3.connect(place / "deliveries.sqlite3", timeout=30)) as connection:
        query = "select count(*) from deliveries where id like ?"
        return int(connection.execute(query, (f"{prefix}-%",)).fetchone()[0])


def unfinished(place: Path) -> int:
    """Count what our door took in and has not worked on to its end."""
    with closing(sqlite3.connect(place / "deliveries.sqlite3", timeout=30)) as connection:
        (waiting,) = connection.execute("select count(*) from deliveries where not begun").fetchone()
    with closing(sqlite3.connect(place / "deliveries.sqlite3.engine", timeout=30)) as connection:
        query = "select count(*) from workflow_status where status not in ('SUCCESS', 'ERROR')"
        (running,) = connection.execute(query).fetchone()
    return int(waiting) + int(running)


def _unstored(place: Path) -> Process:
    port = free_port()
    command = (sys.executable, "-m", "bench.ingest.unstored", str(port))
    return Process(command, place / "unstored.log", f"http://127.0.0.1:{port}", "/readyz")


def _probot(place: Path) -> Process | None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        print("There is no npm here, so Probot is left out: install Node.js 20 or later to see it beside ours.")
        return None
    if not (PACKAGES / "node_modules" / "probot").is_dir():
        PACKAGES.mkdir(exist_ok=True)
        (PACKAGES / "package.json").write_text(json.dumps({"private": True}))
        subprocess.run([npm, "install", "--no-audit", "--no-fund", WANTED], cwd=PACKAGES, check=True)  # noqa: S603 - our own words
    script = PACKAGES / "probot.mjs"
    shutil.copy(Path(__file__).with_name("probot.mjs"), script)
    port = free_port()
    secrets = {"APP_ID": "1", "PRIVATE_KEY": _key(), "WEBHOOK_SECRET": SECRET, "PORT": str(port)}
    environment = {**secrets, "NODE_ENV": "production"}
    return Process((node, str(script)), place / "probot.log", f"http://127.0.0.1:{port}", "/readyz", environment)


def _key() -> str:
    """Make a private key, which Probot wants to see."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
