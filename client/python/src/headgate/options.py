"""What a user may say to `connect`, and what the client tells back."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from .backoff import Backoff
from .errors import InvalidArgumentError
from .tensors import Array

Parameters = Mapping[str, str | int | float | bool | None]
Token = str | Callable[[], str | Awaitable[str]] | None
Source = Literal["gateway", "local", "registered", "scikit-learn", "hmmlearn", "onnxruntime", "numpy"]

DEFAULT_URL = "ws://127.0.0.1:8470/v1"
TIMEOUT_MAX_S = 3600.0


class Event(NamedTuple):
    """What happened to the connection.

    `kind` is one of connected, disconnected, reconnecting, draining, fallback, stream_restarted,
    observations_lost, observe_failed, failed; `detail` tells the rest.
    """

    kind: str
    detail: Mapping[str, Any]


class Options(NamedTuple):
    """Settings of a client; times in seconds, sizes in bytes."""

    token: Token = None
    client: str | None = "headgate-python/0.1.0"
    connect_timeout: float = 10.0
    timeout: float = 30.0
    max_message_bytes: int = 32 * 1024 * 1024
    fallback: bool | None = None
    fallback_after: float = 1.0
    on_event: Callable[[Event], None] | None = None
    backoff: Backoff = Backoff()

    @property
    def falls_back(self) -> bool:
        """Whether an answer may come from elsewhere: `fallback`, else not HEADGATE_FALLBACK=off."""
        return fallback_allowed() if self.fallback is None else self.fallback


def fallback_allowed() -> bool:
    """What HEADGATE_FALLBACK says; it is on unless that is off, 0, false or no."""
    return os.environ.get("HEADGATE_FALLBACK", "on").strip().lower() not in ("off", "0", "false", "no")


@dataclass(slots=True)
class Result:
    """The answer to an `infer`."""

    model: str
    version: str
    outputs: dict[str, Array]
    backend: str
    precision: str
    queue_ms: float
    compute_ms: float
    batch_size: int
    cached: bool
    source: Source = "gateway"

    def __getitem__(self, output: str) -> Array:
        return self.outputs[output]


def addresses(urls: str | Sequence[str] | None) -> list[str]:
    """The addresses given, else those of HEADGATE_URL, separated by commas.

    :raises InvalidArgumentError: when one is no WebSocket address, or there is none
    """
    if urls is None:
        urls = os.environ.get("HEADGATE_URL", "").split(",")
    each = [urls] if isinstance(urls, str) else list(urls)
    found = [url.strip() for url in each if url.strip()]
    if not found:
        raise InvalidArgumentError(f"url: no address; give one, or set HEADGATE_URL to {DEFAULT_URL}")
    for url in found:
        parts = urlsplit(url)
        if parts.scheme not in ("ws", "wss") or not parts.hostname:
            raise InvalidArgumentError(f"url: {url} must be ws://host:port/v1 or wss://host/v1")
    return found
