"""What the environment says about this installation: read once, checked at once, secrets taken out of it.

A child process or a crash report must not find a secret in our environment, so what is read here is removed
(the kernel still shows our own user what we were started with; PRIVATE_KEY_PATH keeps the key out of that too).
A dozen variables do not earn a dependency, and pydantic's messages would quote the values they refuse.
"""

import os
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from bot.settings.reader import Reader, rsa_key

__all__ = ["DEFAULT_API_URL", "Settings", "SettingsError", "load", "rsa_key"]

LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["json", "console"]

DEFAULT_API_URL = "https://api.github.com"
_SECRETS = ("PRIVATE_KEY", "WEBHOOK_SECRET", "WEBHOOK_SECRET_PREVIOUS", "DATABASE_URL")


class SettingsError(Exception):
    """One sentence a line for everything wrong; each names the variable and never its secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this process was told to run."""

    app_id: int
    private_key: str = field(repr=False)
    """The App's RSA key, in PEM."""
    webhook_secrets: tuple[str, ...] = field(repr=False)
    """What signs deliveries: today's first, then the one being rotated out."""
    github_api_url: str
    """Without a slash at its end; has a path on a GitHub Enterprise Server."""
    host: str
    port: int
    """0 asks the system for a free one."""
    log_level: LogLevel
    log_format: LogFormat
    database_url: str = field(repr=False)
    """`postgresql://...` or `sqlite:///...`."""
    public_url: str
    """Where people reach the bot's pages, without a slash at its end; empty: there are none."""
    link_days: int
    """How many days a link to a page opens it."""
    state_dir: Path
    """Where mirrors live, and the database unless it is elsewhere."""
    disk_budget: int
    """Bytes all mirrors together may take."""
    sweep_interval: int
    """Seconds between two sweeps."""


def database_url(environ: MutableMapping[str, str] = os.environ) -> str:
    """Read only where the inbox is; SettingsError if that makes no sense."""
    reader = _reader(environ)
    _, url = _places(reader)
    if reader.problems:
        raise SettingsError("\n".join(reader.problems))
    return url


def load(environ: MutableMapping[str, str] = os.environ) -> Settings:
    """Read the settings and remove the secrets; SettingsError names everything wrong at once."""
    reader = _reader(environ)
    state_dir, database = _places(reader)
    settings = Settings(
        app_id=reader.number("APP_ID", None, least=1),
        private_key=reader.private_key(),
        webhook_secrets=reader.webhook_secrets(),
        github_api_url=reader.address("GITHUB_API_URL", DEFAULT_API_URL, DEFAULT_API_URL),
        host=reader.text("HOST", "0.0.0.0"),  # noqa: S104  (GitHub has to reach us)
        port=reader.number("PORT", 8080, least=0, most=65_535),
        log_level=reader.choice("LOG_LEVEL", "info", get_args(LogLevel)),
        log_format=reader.choice("LOG_FORMAT", "json", get_args(LogFormat)),
        public_url=reader.address("PUBLIC_URL", "", "https://tierkeeper.example.com"),
        link_days=reader.number("LINK_DAYS", 30, least=1, most=365),
        database_url=database,
        state_dir=state_dir,
        disk_budget=reader.number("DISK_BUDGET", 10 * 2**30, least=2**20),
        sweep_interval=reader.number("SWEEP_INTERVAL", 600, least=1),
    )
    if reader.problems:
        raise SettingsError("\n".join(reader.problems))
    return settings


def _reader(environ: MutableMapping[str, str]) -> Reader:
    """Take a copy of what is set, and the secrets out of the original."""
    reader = Reader({name: value for name, value in environ.items() if value.strip()})
    for name in _SECRETS:
        environ.pop(name, None)
    return reader


def _places(reader: Reader) -> tuple[Path, str]:
    """Return where state is kept, and the database's URL."""
    state_dir = Path(reader.text("STATE_DIR", "var")).absolute()
    return state_dir, reader.database_url(f"sqlite:///{state_dir / 'tierkeeper.sqlite3'}")
