"""The synchronous client, for notebooks, threads and drop-ins: the same core in a thread of its own.

Its thread answers pings and reads events whatever the program does, so a busy program loses no connection.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from .codec import Frame
from .connecting import options_of
from .errors import CancelledError
from .gate import Gate
from .options import DEFAULT_URL, Parameters, Result, addresses
from .stream import Observed, Stream
from .subscription import Change, Cursor, Notice, Snapshot, Subscription
from .sync_models import SyncModel, SyncPolicy
from .tensors import Tensors

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

T = TypeVar("T")


class Client:
    """A client to be called from any thread; `with headgate.Client(url) as gate`.

    :param url: one address or several; by default those of HEADGATE_URL
    :param wait: whether to wait until connected; without, calls wait or fall back
    The other settings are those of `Options`.
    """

    def __init__(self, url: str | Sequence[str] | None = None, *, wait: bool = True, **settings: Any) -> None:
        urls, self.options = addresses(url), options_of(settings)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="headgate", daemon=True)
        self._thread.start()
        self._open = True
        try:
            self.gate: Gate = self.run(_start(urls, self.options, wait))
        except BaseException:
            self._stop()
            raise

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine in the client's thread; an interrupt cancels it there."""
        if not self._open:
            work.close()
            raise CancelledError("the client was closed")
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Start a coroutine in the client's thread: for many requests in flight from one thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    @property
    def connected(self) -> bool:
        """Whether there is a connection now."""
        return self.gate.connected

    def infer(self, model: str, inputs: Tensors, **options: Any) -> Result:
        """As `Gate.infer`."""
        return self.run(self.gate.infer(model, inputs, **options))

    def describe(self, model: str | None = None) -> Frame:
        """As `Gate.describe`."""
        return self.run(self.gate.describe(model))

    def stream(
        self,
        name: str,
        detector: str = "gaussian_hmm",
        parameters: Parameters | None = None,
        *,
        replace: bool = False,
    ) -> SyncStream:
        """As `Gate.stream`."""
        return SyncStream(self, self.run(self.gate.stream(name, detector, parameters, replace=replace)))

    def regime(self, stream: str) -> Mapping[str, Any] | None:
        """As `Gate.regime`."""
        return self.run(self.gate.regime(stream))

    def subscribe(
        self,
        topic: str,
        *,
        since: Mapping[str, Any] | None = None,
        mode: str | None = None,
        on_snapshot: Callable[[Snapshot], None] | None = None,
        on_notice: Callable[[Notice], None] | None = None,
    ) -> SyncSubscription:
        """As `Gate.subscribe`; `on_snapshot` and `on_notice` are called in the client's thread."""

        async def start() -> Subscription:
            return self.gate.subscribe(
                topic, since=since, mode=mode, on_snapshot=on_snapshot, on_notice=on_notice
            )

        return SyncSubscription(self, self.run(start()))

    def model(self, name: str, *, version: str | None = None, **settings: Any) -> SyncModel:
        """A learned model, to `predict` with."""
        return SyncModel(self, self.gate.model(name, version=version, **settings))

    def policy(self, name: str, *, version: str | None = None, **settings: Any) -> SyncPolicy:
        """A trading policy, to `act` with."""
        return SyncPolicy(self, self.gate.policy(name, version=version, **settings))

    def close(self) -> None:
        """End the connection; what is unanswered fails with `cancelled`."""
        if self._open:
            self.run(self.gate.close())
            self._stop()

    def _stop(self) -> None:
        self._open = False
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


async def _start(urls: list[str], options: Any, wait: bool) -> Gate:
    gate = Gate(urls, options)
    gate.start()
    return await gate.opened() if wait else gate


class SyncStream:
    """A stream, fed from threads."""

    def __init__(self, client: Client, stream: Stream) -> None:
        self._client, self._stream = client, stream

    name = property(lambda self: self._stream.name)
    created = property(lambda self: self._stream.created)
    last_ts = property(lambda self: self._stream.last_ts)
    observations = property(lambda self: self._stream.observations)

    def observe(self, ts: float | Sequence[float] | ArrayLike, values: ArrayLike) -> Observed:
        """As `Stream.observe`."""
        return self._client.run(self._stream.observe(ts, values))

    def close(self) -> None:
        """End the stream and forget it, for everybody."""
        self._client.run(self._stream.close())


class SyncSubscription(Iterator[Change]):
    """A subscription; `for change in subscription`."""

    def __init__(self, client: Client, subscription: Subscription) -> None:
        self._client, self._subscription = client, subscription

    @property
    def cursor(self) -> Cursor | None:
        """Where to resume."""
        return self._subscription.cursor

    def caught_up(self) -> None:
        """Returns once everything missed was replayed."""
        self._client.run(self._subscription.caught_up())

    def __iter__(self) -> SyncSubscription:
        return self

    def __next__(self) -> Change:
        change = self._client.run(self._next())
        if change is None:
            raise StopIteration
        return change

    async def _next(self) -> Change | None:
        try:
            return await self._subscription.__anext__()
        except StopAsyncIteration:  # no coroutine may end with it
            return None

    def close(self) -> None:
        """Ends the iteration."""
        self._client.run(self._subscription.aclose())

    def __enter__(self) -> SyncSubscription:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class _Shared:
    """The one client of this process's drop-ins, and how it was configured."""

    def __init__(self) -> None:
        self.client: Client | None = None
        self.settings: dict[str, Any] = {}
        self.lock = threading.Lock()

    def close(self) -> None:
        client, self.client = self.client, None
        if client is not None:
            client.close()

    def forget(self) -> None:
        """A forked child has the parent's client without its thread: it makes its own."""
        self.client, self.lock = None, threading.Lock()


_shared = _Shared()
atexit.register(_shared.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_shared.forget)


def configure(url: str | Sequence[str] | None = None, **settings: Any) -> None:
    """Say where the drop-ins of this process find the gateway, and with which `Options`.

    In place of HEADGATE_URL and HEADGATE_TOKEN.
    """
    with _shared.lock:
        _shared.close()
        _shared.settings = {"url": url, **settings}


def default_client() -> Client:
    """The client that the drop-ins of this process share; it connects at its first use, without waiting."""
    with _shared.lock:
        if _shared.client is None:
            settings = dict(_shared.settings)
            url = settings.pop("url", None) or os.environ.get("HEADGATE_URL") or DEFAULT_URL
            urls = url.split(",") if isinstance(url, str) else url
            _shared.client = Client(urls, wait=False, **settings)
        return _shared.client
