"""What the process says of itself: one structured log, out of which no secret comes, and the metrics."""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Literal

import structlog
from prometheus_client import Counter, Gauge, Histogram
from structlog.typing import EventDict, Processor

DELIVERIES = Counter("tierkeeper_deliveries", "Requests at the door, by what became of them.", ["outcome"])
HANDLED = Counter("tierkeeper_handled", "Runs of a handler, by how they ended.", ["handler", "outcome"])
RECORDED = Histogram(
    "tierkeeper_record_seconds",
    "How long the door waited for the database to have a delivery.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
WAITED = Histogram(
    "tierkeeper_turn_wait_seconds",
    "How long a delivery waited for its repository's turn.",
    buckets=(0.001, 0.01, 0.1, 1, 10, 60, 600),
)
API_CALLS = Counter(
    "tierkeeper_api_calls",
    "Calls of GitHub's API, by the handler that made them.",
    ["method", "route", "status", "handler"],
)
API_REMAINING = Gauge("tierkeeper_api_remaining", "Calls GitHub's rate limit leaves, as its last answer said.")
PROMOTED = Histogram(
    "tierkeeper_promotion_seconds",
    "From a merge to its promotion pull request.",
    buckets=(0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600),
)
OLDEST = Gauge("tierkeeper_oldest_unfinished_seconds", "Age of the delivery that has waited longest.")

REDACTED = "[redacted]"
_secrets = re.compile(
    r"gh[a-z]_[A-Za-z0-9._-]+"
    r"|github_pat_[A-Za-z0-9_]+"
    r"|xox[a-z]-[A-Za-z0-9-]+|xapp-[A-Za-z0-9-]+"
    r"|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?"
    r"|-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|\Z)"
    r"|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)",
    re.DOTALL,
)
_headers = re.compile(r"(?i)(authorization['\"]?\s*[:=]\s*['\"]?)(?:(?:bearer|basic|token)\s+)?[^\s'\",}]+")

REPETITION = "Exception encountered in asynchronous workflow"
"""The engine's report of a failed delivery, which the inbox has told already, and better."""
SECRET_KEYS = frozenset({"authorization", "password", "private_key", "secret", "token"})


def redact(text: str) -> str:
    """Return a text without tokens, keys, passwords in URLs, and Authorization headers."""
    return _headers.sub(rf"\1{REDACTED}", _secrets.sub(REDACTED, text))


def configure(level: str = "INFO", style: Literal["json", "console"] = "json") -> None:
    """Send everything, what the libraries log too, to standard error in one format."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_last_processors(style))
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    _tame_libraries()


def _last_processors(style: Literal["json", "console"]) -> list[Processor]:
    render: Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact_event,
        render,
    ]


def redact_event(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Redact every value of a log event, however deep; what is no plain value is shown, and redacted, as its repr."""
    return {key: _redacted(key, value) for key, value in event.items()}


def _redacted(key: object, value: object) -> object:
    match value:
        case str() if key in SECRET_KEYS:
            return REDACTED
        case str():
            return redact(value)
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {redact(str(each)): _redacted(each, inner) for each, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_redacted(key, inner) for inner in value]
        case _:
            return redact(repr(value))


def _tame_libraries() -> None:
    """Keep chatter out, and the engine from adding a handler of its own (it does so where it finds none)."""
    for chatty in ("httpx", "httpcore", "aiohttp.access", "git.cmd", "dbos"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    engine = logging.getLogger("dbos")
    engine.addHandler(logging.NullHandler())
    engine.addFilter(_is_no_repetition)


def _is_no_repetition(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith(REPETITION)
