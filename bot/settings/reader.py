"""Variables of the environment as values; what is impossible becomes a sentence that quotes no secret."""

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

T = TypeVar("T")
_LONGEST_KEY = 65_536
_MOST = 10**18 - 1
_DIGITS = len(str(_MOST))


def rsa_key(pem: str) -> RSAPrivateKey:
    """Read a private key; ValueError or TypeError for anything that is not an open RSA key in PEM."""
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("GitHub Apps sign with RSA")
    return key


class Reader:
    """Values out of the environment; what is wrong is gathered, and a stand-in returned in its place."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def text(self, name: str, default: str) -> str:
        """Return a text without the white space around it."""
        return self._environ.get(name, default).strip()

    def number(self, name: str, default: int | None, *, least: int, most: int = _MOST) -> int:
        """Return a whole number within its bounds; one without a default has to be set."""
        text = self.text(name, "" if default is None else str(default))
        if text.isascii() and text.isdecimal() and len(text) <= _DIGITS and least <= int(text) <= most:
            return int(text)
        wrong = "is not set" if not text else f"is {text[:40]!r}"
        wanted = f"from {least} to {most}" if most < _MOST else f"of at least {least}"
        return self._wrong(name, wrong, f"give it a whole number {wanted}", least)

    def choice(self, name: str, default: T, known: tuple[T, ...]) -> T:
        """Return one of the known words, however it is capitalised."""
        text = self.text(name, str(default)).lower()
        for value in known:
            if value == text:
                return value
        return self._wrong(name, f"is {text!r}", f"give it one of {', '.join(map(str, known))}", default)

    def private_key(self) -> str:
        """Return the App's key: PRIVATE_KEY where it is set, else the file that PRIVATE_KEY_PATH names."""
        name, pem = "PRIVATE_KEY", self._environ.get("PRIVATE_KEY", "").replace("\\n", "\n").strip()
        if not pem and (path := self._environ.get("PRIVATE_KEY_PATH")):
            name = "PRIVATE_KEY_PATH"
            try:
                with Path(path).open(encoding="ascii") as file:
                    pem = file.read(_LONGEST_KEY).strip()
            except (OSError, ValueError) as error:
                reason = error.strerror if isinstance(error, OSError) else "it is not text"
                return self._wrong(name, f"names {path!r}, which cannot be read ({reason})", "name the .pem file", "")
        if not pem:
            remedy = "give it the PEM text GitHub made for the App, or set PRIVATE_KEY_PATH to its file"
            return self._wrong(name, "is not set", remedy, "")
        try:
            rsa_key(pem)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            remedy = "give it the .pem file GitHub made for the App, its line breaks kept or written as \\n"
            return self._wrong(name, "does not hold an RSA private key in PEM", remedy, "")
        return pem

    def webhook_secrets(self) -> tuple[str, ...]:
        """Return the secrets a delivery may be signed with, today's first."""
        if "WEBHOOK_SECRET" not in self._environ:
            return self._wrong("WEBHOOK_SECRET", "is not set", "give it the secret entered in the App's settings", ())
        names = ("WEBHOOK_SECRET", "WEBHOOK_SECRET_PREVIOUS")
        return tuple(self._environ[name].strip() for name in names if name in self._environ)

    def address(self, name: str, default: str, example: str) -> str:
        """Return a web address without a slash at its end; in clear text only on this machine."""
        text = self.text(name, default)
        url = _split(text)
        if not text:
            return text
        if url is None or url.scheme not in {"http", "https"} or not url.hostname or url.query or url.fragment:
            return self._wrong(name, "is not a web address", f"give it one like {example}", default)
        if url.username is not None or url.password is not None:
            return self._wrong(name, "holds a user name or a password", "leave them out", default)
        if url.scheme == "http" and not _loopback(url.hostname or ""):
            return self._wrong(name, "would send secrets in clear text", "begin it with https://", default)
        return text.rstrip("/")

    def database_url(self, default: str) -> str:
        """Return which database to use; a refused one is not quoted, since it may hold a password."""
        text = self.text("DATABASE_URL", default)
        url = _split(text)
        if text.startswith("sqlite:///") and len(text) > len("sqlite:///"):
            return text
        if url is not None and url.scheme in {"postgresql", "postgres"}:
            return f"postgresql{text.removeprefix(url.scheme)}"
        wanted = "give it postgresql://user:password@host/name, or sqlite:/// and the path of a file"
        return self._wrong("DATABASE_URL", "is no database we know", wanted, default)

    def _wrong(self, name: str, wrong: str, remedy: str, stand_in: T) -> T:
        self.problems.append(f"{name} {wrong}: {remedy}.")
        return stand_in


def _split(text: str) -> SplitResult | None:
    """Take a URL apart; None for text that is none."""
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        return None
    return url


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
