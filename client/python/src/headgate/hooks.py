"""Calls the user's functions: one that fails is logged, and the client continues."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

log = logging.getLogger("headgate")

T = TypeVar("T")


def told(hook: Callable[[T], Any] | None, what: T) -> None:
    """Call the function, if there is one."""
    if hook is None:
        return
    try:
        hook(what)
    except Exception:
        log.exception("a hook failed: %r", hook)
