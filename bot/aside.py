"""Handlers that take long and hinder nobody else's work: they run beside a repository's turn, not in it."""

from collections.abc import Callable
from typing import TypeVar

H = TypeVar("H", bound=Callable[..., object])

_MARK = "runs_aside"


def aside(handler: H) -> H:
    """Mark a handler; others of its delivery run first, and the repository's next delivery does not wait for it."""
    setattr(handler, _MARK, True)
    return handler


def is_aside(handler: Callable[..., object]) -> bool:
    """Return whether a handler is marked so."""
    return getattr(handler, _MARK, False) is True
