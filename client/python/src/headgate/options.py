"""What a user may say to `connect`, and what the client tells back."""

from __future__ import annotations

import os
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypedDict
from urllib.parse import urlsplit

from .backoff import Backoff
from .errors import InvalidArgumentError
from .fallback import Alert
from .outages import Outage
from .results import Parameters

Token = str | Callable[[], str | Awaitable[str]] | None

#: Whom the client trusts and which certificate it shows, or a function that is asked at each connection.
Tls = ssl.SSLContext | Callable[[], ssl.SSLContext] | None

#: Which arrays drop-ins put by themselves.
DatasetsMode = Literal["on", "sampled", "off"]
_OFF = ("off", "0", "false", "no")

DEFAULT_URL = "ws://127.0.0.1:8470/v1"
TIMEOUT_MAX_S = 3600.0
FALLBACK_THREADS_MAX = 64


class Event(NamedTuple):
    """What happened to the connection.

    `kind` is one of connected, disconnected, reconnecting, draining, fallback, stream_restarted,
    observations_lost, observe_failed, token_not_renewed, failed; `detail` tells the rest.
    """

    kind: str
    detail: Mapping[str, Any]


class Options(NamedTuple):
    """Settings of a client; times in seconds, sizes in bytes.

    `token` is an API key or a JWT, or a function that gives one: it is asked before each connection, and
    again before the token expires, which the client then renews on the open connection. It runs in the
    client's event loop: it must return soon, or be asynchronous.

    `timeout` is what a call has that names none. `fallback_after` is how long no gateway may be there until
    calls that have a fallback go to it; fallbacks run on at most `fallback_threads` threads. `on_event` is
    called in the client's event loop and must return soon; `on_fallback`, at each fallback, and `on_back`, at
    the end of each outage, are called in a thread of theirs. `tls` is for `wss://` addresses; without it the
    certificate of the gateway is verified against the authorities that Python trusts.

    `datasets` says which arrays the drop-ins put by themselves, to refer to them when they see them again:
    "on", those of which they can hold a copy to compare with; "sampled", larger ones too, of which they
    compare some rows; or "off". By default it is what HEADGATE_DATASETS says.

    `keep_onnx` says whether a fitted drop-in fetches its ONNX file, where onnxruntime is installed, to
    predict with it where no gateway has the model any more. HEADGATE_KEEP_ONNX=0 forbids that by default.
    """

    token: Token = None
    client: str | None = "headgate-python/0.1.0"
    connect_timeout: float = 10.0
    timeout: float = 30.0
    max_message_bytes: int = 32 * 1024 * 1024
    fallback: bool | None = None
    fallback_after: float = 1.0
    on_event: Callable[[Event], None] | None = None
    backoff: Backoff = Backoff()
    fallback_threads: int = 4
    on_fallback: Callable[[Alert], None] | None = None
    on_back: Callable[[Outage], None] | None = None
    tls: Tls = None
    datasets: DatasetsMode | None = None
    keep_onnx: bool | None = None

    @property
    def keeps_onnx(self) -> bool:
        """Whether fitted drop-ins keep their ONNX files: `keep_onnx`, else not HEADGATE_KEEP_ONNX=0."""
        return said_on("HEADGATE_KEEP_ONNX") if self.keep_onnx is None else self.keep_onnx

    @property
    def datasets_mode(self) -> DatasetsMode:
        """Which arrays drop-ins put by themselves: `datasets`, else what HEADGATE_DATASETS says."""
        return given_datasets_mode() if self.datasets is None else self.datasets

    @property
    def falls_back(self) -> bool:
        """Whether an answer may come from elsewhere: `fallback`, else not HEADGATE_FALLBACK=off."""
        return fallback_allowed() if self.fallback is None else self.fallback


def fallback_allowed() -> bool:
    """What HEADGATE_FALLBACK says; it is on unless that is off, 0, false or no."""
    return said_on("HEADGATE_FALLBACK")


def said_on(variable: str) -> bool:
    """What a variable of the environment says; it is on unless that is off, 0, false or no."""
    return os.environ.get(variable, "on").strip().lower() not in _OFF


def given_datasets_mode() -> DatasetsMode:
    """What HEADGATE_DATASETS says; "on" unless that is sampled, or off, 0, false or no."""
    said = os.environ.get("HEADGATE_DATASETS", "on").strip().lower()
    return "off" if said in _OFF else "sampled" if said == "sampled" else "on"


class Settings(TypedDict, total=False):
    """The fields of `Options` as `connect`, `Client` and `configure` take them by name."""

    token: Token
    client: str | None
    connect_timeout: float
    timeout: float
    max_message_bytes: int
    fallback: bool | None
    fallback_after: float
    on_event: Callable[[Event], None] | None
    backoff: Backoff
    fallback_threads: int
    on_fallback: Callable[[Alert], None] | None
    on_back: Callable[[Outage], None] | None
    tls: Tls
    datasets: DatasetsMode | None
    keep_onnx: bool | None


class InferOptions(TypedDict, total=False):
    """What `infer` takes by name, of a gate and of a model."""

    parameters: Parameters | None
    outputs: Sequence[str] | None
    version: str | None
    timeout: float | None
    priority: int | None
    key: str | None
    traceparent: str | None


class InferManyOptions(TypedDict, total=False):
    """What `infer_many` takes by name, for all its rows: as `infer`, without a key."""

    parameters: Parameters | None
    outputs: Sequence[str] | None
    version: str | None
    timeout: float | None
    priority: int | None
    traceparent: str | None


class TrainOptions(TypedDict, total=False):
    """What `train` takes by name, beside `background`."""

    parameters: Mapping[str, Any] | None
    keep_seconds: float | None
    publish: str | Mapping[str, Any] | None
    label: str | None
    version: str | None
    timeout: float | None
    priority: int | None
    key: str | None
    traceparent: str | None


class ScheduleOptions(TypedDict, total=False):
    """What `schedule` takes by name, beside what every schedule has."""

    parameters: Mapping[str, Any] | None
    last_rows: int | None
    validation: Mapping[str, Any] | None
    promote: str | None
    tolerance: float | None
    expires_after_ms: float | None
    replace: bool | None


class ModelSettings(TypedDict, total=False):
    """What `model` and `policy` take by name: what each of their requests has that says nothing else."""

    timeout: float | None
    priority: int | None
    sticky_key: str | None


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
