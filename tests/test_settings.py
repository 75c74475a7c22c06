"""The environment, right and wrong."""

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from bot.settings import SettingsError, load


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


KEY = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
WORKING = {"APP_ID": "7", "PRIVATE_KEY": KEY, "WEBHOOK_SECRET": "s3cret"}


def test_three_variables_are_enough() -> None:
    settings = load(dict(WORKING))

    assert (settings.app_id, settings.private_key) == (7, KEY.strip())
    assert settings.webhook_secrets == ("s3cret",)
    assert (settings.host, settings.port) == ("0.0.0.0", 8080)  # noqa: S104  (what we assert, not what we bind)
    assert (settings.log_level, settings.log_format) == ("info", "json")
    assert settings.github_api_url == "https://api.github.com"
    assert settings.state_dir == Path("var").absolute()
    assert settings.database_url == f"sqlite:///{Path('var').absolute()}/tierkeeper.sqlite3"


def test_everything_can_be_said() -> None:
    settings = load(
        WORKING
        | {
            "WEBHOOK_SECRET_PREVIOUS": "0ld",
            "GITHUB_API_URL": "https://ghes.test/api/v3/",
            "HOST": "127.0.0.1",
            "PORT": "0",
            "LOG_LEVEL": "DEBUG",
            "LOG_FORMAT": "console",
            "DATABASE_URL": "postgres://tk:pw@db/tk?sslmode=require",
            "STATE_DIR": "/var/lib/tierkeeper",
            "DISK_BUDGET": "5000000",
            "SWEEP_INTERVAL": "60",
        }
    )

    assert settings.webhook_secrets == ("s3cret", "0ld")
    assert settings.github_api_url == "https://ghes.test/api/v3"
    assert (settings.host, settings.port) == ("127.0.0.1", 0)
    assert (settings.log_level, settings.log_format) == ("debug", "console")
    assert settings.database_url == "postgresql://tk:pw@db/tk?sslmode=require"
    assert settings.state_dir == Path("/var/lib/tierkeeper")
    assert (settings.disk_budget, settings.sweep_interval) == (5_000_000, 60)


def test_secrets_are_taken_out_of_the_environment() -> None:
    environ = WORKING | {"WEBHOOK_SECRET_PREVIOUS": "0ld", "DATABASE_URL": "sqlite:///x", "PATH": "/bin"}

    load(environ)

    assert environ == {"APP_ID": "7", "PATH": "/bin"}


def test_secrets_are_taken_out_even_when_something_is_wrong() -> None:
    environ = WORKING | {"APP_ID": "seven"}

    with pytest.raises(SettingsError):
        load(environ)

    assert environ == {"APP_ID": "seven"}


def test_no_secret_is_shown() -> None:
    settings = load(WORKING | {"DATABASE_URL": "postgresql://tk:hunter2@db/tk"})

    assert not re.search("s3cret|hunter2|BEGIN", repr(settings))


@pytest.mark.parametrize("text", [KEY.replace("\n", "\\n"), f"\n{KEY}\n", KEY.replace("\n", "\r\n")])
def test_a_key_survives_how_it_was_pasted(text: str) -> None:
    assert "BEGIN RSA PRIVATE KEY" in load(WORKING | {"PRIVATE_KEY": text}).private_key


def test_a_key_may_lie_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "app.pem"
    file.write_text(KEY)

    settings = load({"APP_ID": "7", "WEBHOOK_SECRET": "s", "PRIVATE_KEY": " ", "PRIVATE_KEY_PATH": str(file)})

    assert settings.private_key == KEY.strip()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("APP_ID", "", "APP_ID is not set: give it a whole number of at least 1."),
        ("APP_ID", "Iv23", "APP_ID is 'Iv23': give it a whole number of at least 1."),
        ("APP_ID", "0", "APP_ID is '0': "),
        ("APP_ID", "9" * 5000, "APP_ID is "),
        ("PORT", "65536", "PORT is '65536': give it a whole number from 0 to 65535."),
        ("PORT", "-1", "PORT is '-1': "),
        ("SWEEP_INTERVAL", "0", "SWEEP_INTERVAL is '0': "),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is 'loud': give it one of debug, info, warning, error."),
        ("LOG_FORMAT", "xml", "LOG_FORMAT is 'xml': give it one of json, console."),
        ("WEBHOOK_SECRET", " ", "WEBHOOK_SECRET is not set: "),
        ("GITHUB_API_URL", "http://ghes.test/api/v3", "GITHUB_API_URL would send secrets in clear text: "),
        ("GITHUB_API_URL", "http://127.0.0.1.evil.test", "GITHUB_API_URL would send secrets in clear text: "),
        ("GITHUB_API_URL", "https://kim:pw@ghes.test", "GITHUB_API_URL holds a user name or a password: "),
        ("GITHUB_API_URL", "ghes.test/api/v3", "GITHUB_API_URL is not a web address: "),
        ("GITHUB_API_URL", "https://ghes.test:x", "GITHUB_API_URL is not a web address: "),
        ("GITHUB_API_URL", "https://[", "GITHUB_API_URL is not a web address: "),
        ("PUBLIC_URL", "tierkeeper.test", "PUBLIC_URL is not a web address: give it one like https://tierkeeper."),
        ("LINK_DAYS", "0", "LINK_DAYS is '0': give it a whole number from 1 to 365."),
        ("DATABASE_URL", "mysql://tk:hunter2@db/tk", "DATABASE_URL is no database we know: "),
        ("DATABASE_URL", "sqlite:///", "DATABASE_URL is no database we know: "),
        ("PRIVATE_KEY", "", "PRIVATE_KEY is not set: "),
        ("PRIVATE_KEY", "hunter2", "PRIVATE_KEY does not hold an RSA private key in PEM: "),
        ("PRIVATE_KEY", pem(ec.generate_private_key(ec.SECP256R1())), "PRIVATE_KEY does not hold an RSA private key"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(name: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(WORKING | {name: value})

    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)
    assert not re.search("hunter2|s3cret|BEGIN EC", str(caught.value))


@pytest.mark.parametrize("url", ["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000/api"])
def test_clear_text_stays_on_this_machine(url: str) -> None:
    assert load(WORKING | {"GITHUB_API_URL": url}).github_api_url == url


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    binary = tmp_path / "app.der"
    binary.write_bytes(b"\xff\x00")
    secret = {"APP_ID": "7", "WEBHOOK_SECRET": "s"}

    for path, reason in ((tmp_path / "none.pem", "No such file"), (binary, "it is not text"), (tmp_path, "directory")):
        with pytest.raises(SettingsError, match=f"PRIVATE_KEY_PATH names '{path}'.*{reason}"):
            load(secret | {"PRIVATE_KEY_PATH": str(path)})


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load({"PORT": "x"})

    names = [line.split()[0] for line in str(caught.value).splitlines()]
    assert names == ["APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET", "PORT"]
