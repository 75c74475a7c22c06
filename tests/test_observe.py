"""The log tells what happened, in one format, and no secret."""

import json
import logging
from typing import Any

import pytest
import structlog

from bot import observe

pytestmark = pytest.mark.usefixtures("logging_as_it_was")

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0.c2lnbmF0dXJl"
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"
SECRETS = {
    "installation token": "ghs_16C7e42F292c6912E7710c838347Ae178B4a",
    "stateless installation token": f"ghs_12345_{JWT}",
    "fine-grained token": "github_pat_11ABCDEFG0123456789_abcdefghijklmnop",
    "Slack token": "xoxb-1234-5678-abcdef",
    "signature of the App": JWT,
    "private key": KEY,
    "private key, cut off": KEY[:40],
    "private key in one line": KEY.replace("\n", "\\n"),
    "password in a URL": "hunter2-and-more",
    "header": "c2VjcmV0OnNlY3JldA==",
}
IN_PLACE = {
    "password in a URL": "postgresql://kim:{}@db/tierkeeper",
    "header": "{{'Authorization': 'Basic {}'}}",
}


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_what_is_bound_is_told_with_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    observe.configure("INFO", "json")

    with structlog.contextvars.bound_contextvars(delivery="d-1", repository="acme/shop"):
        structlog.get_logger("bot.test").info("promotion opened", number=7)
        logging.getLogger("aiohttp.server").error("broken %s", "pipe")

    ours, theirs = _lines(capsys)
    assert (ours["event"], ours["number"], ours["delivery"], ours["level"]) == ("promotion opened", 7, "d-1", "info")
    assert (theirs["event"], theirs["repository"], theirs["logger"]) == ("broken pipe", "acme/shop", "aiohttp.server")


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("style", ["json", "console"])
def test_no_secret_is_told(capsys: pytest.CaptureFixture[str], kind: str, style: Any) -> None:
    observe.configure("INFO", style)
    secret = SECRETS[kind]
    text = IN_PLACE.get(kind, "before {} after").format(secret)
    log = structlog.get_logger("bot.test")

    log.info(text, where={"deep": [text, (text,)]}, thing=ValueError(text))
    logging.getLogger("httpx").warning("called %s", text)
    log.error("failed", exc_info=ValueError(text))

    told = capsys.readouterr().err
    assert secret not in told
    assert secret.replace("\n", "\\n") not in told
    assert "MIIEow" not in told
    assert told.count(observe.REDACTED) >= 5


def test_a_field_named_like_a_secret_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    observe.configure("INFO", "json")

    structlog.get_logger("bot.test").info("called", headers={"authorization": "plain"}, token="plain")

    assert "plain" not in capsys.readouterr().err


def test_ordinary_words_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    observe.configure("INFO", "json")

    structlog.get_logger("bot.test").info(
        "authorization of kim checked", branch="promote/tier-1/7", ready=True, none=None
    )

    (line,) = _lines(capsys)
    assert (line["event"], line["branch"]) == ("authorization of kim checked", "promote/tier-1/7")
    assert (line["ready"], line["none"]) == (True, None)


def test_what_is_below_the_level_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    observe.configure("WARNING", "json")

    structlog.get_logger("bot.test").info("detail")
    logging.getLogger("gidgethub").info("detail")

    assert capsys.readouterr().err == ""
