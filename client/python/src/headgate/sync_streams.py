"""Streams and subscriptions that can be used from any thread."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypedDict, TypeVar

from .datasets.dataset_reference import StreamReference
from .events import (
    ChallengerKept,
    Change,
    FeedAlarm,
    JobEvent,
    ModelExpired,
    ModelPromoted,
    ModelServing,
    RetrainFailed,
    StreamEnding,
    TopicHeartbeat,
    TopicSnapshot,
)
from .gate import Gate
from .stream import Observed, Stream
from .stream_state import PathKind, StreamState
from .subscription import Cursor, Subscription

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
    from typing_extensions import Unpack

T = TypeVar("T")


class Runner(Protocol):
    """Runs a synchronous client's coroutines."""

    def run_of(self, gate: Gate, work: Coroutine[Any, Any, T]) -> T:
        """As `Client.run_of`."""


class StateQuery(TypedDict, total=False):
    """The keyword arguments of `state`."""

    path: PathKind | None
    limit: int | None
    values: bool | None
    timeout: float | None


class SubscribeSettings(TypedDict, total=False):
    """The keyword arguments of `subscribe` except the cursor."""

    mode: str | None
    heartbeat_ms: int | None
    on_snapshot: Callable[[TopicSnapshot], None] | None
    on_feed: Callable[[FeedAlarm], None] | None
    on_ending: Callable[[StreamEnding], None] | None
    on_heartbeat: Callable[[TopicHeartbeat], None] | None
    on_job: Callable[[JobEvent], None] | None
    on_serving: Callable[[ModelServing], None] | None
    on_promoted: Callable[[ModelPromoted], None] | None
    on_expired: Callable[[ModelExpired], None] | None
    on_challenger_kept: Callable[[ChallengerKept], None] | None
    on_retrain_failed: Callable[[RetrainFailed], None] | None


class SyncStream:
    """A stream that threads can feed."""

    def __init__(self, client: Runner, gate: Gate, stream: Stream) -> None:
        self._client, self._gate, self._stream = client, gate, stream

    @property
    def name(self) -> str:
        """The name that it was opened with."""
        return self._stream.name

    @property
    def created(self) -> bool:
        """Whether opening it created the stream."""
        return self._stream.created

    @property
    def last_ts(self) -> float | None:
        """When opened: the time of the gateway's last observation, in ms since the epoch."""
        return self._stream.last_ts

    @property
    def observations(self) -> int:
        """The number of observations that the gateway had when the stream was opened."""
        return self._stream.observations

    def observe(
        self, ts: float | Sequence[float] | ArrayLike, values: ArrayLike, *, timeout: float | None = None
    ) -> Observed:
        """As `Stream.observe`."""
        return self._client.run_of(self._gate, self._stream.observe(ts, values, timeout=timeout))

    def state(self, **query: Unpack[StateQuery]) -> StreamState:
        """As `Stream.state`."""
        return self._client.run_of(self._gate, self._stream.state(**query))

    def window(
        self,
        last: int | None = None,
        columns: Sequence[int] | None = None,
        *,
        shape: Sequence[int] | None = None,
    ) -> StreamReference:
        """As `Stream.window`."""
        return self._stream.window(last, columns, shape=shape)

    def close(self, *, timeout: float | None = None) -> None:
        """End the stream and delete it, for all clients."""
        self._client.run_of(self._gate, self._stream.close(timeout=timeout))


class SyncSubscription(Iterator[Change]):
    """A subscription; `for change in subscription`."""

    def __init__(self, client: Runner, gate: Gate, subscription: Subscription) -> None:
        self._client, self._gate, self._subscription = client, gate, subscription

    @property
    def cursor(self) -> Cursor | None:
        """The position to resume from."""
        return self._subscription.cursor

    def caught_up(self) -> None:
        """Wait until everything missed was replayed."""
        self._client.run_of(self._gate, self._subscription.caught_up())

    def __iter__(self) -> SyncSubscription:
        return self

    def __next__(self) -> Change:
        change = self._client.run_of(self._gate, self._next())
        if change is None:
            raise StopIteration
        return change

    async def _next(self) -> Change | None:
        try:
            return await self._subscription.__anext__()
        except StopAsyncIteration:  # A coroutine must not end with this exception
            return None

    def close(self) -> None:
        """End the iteration."""
        self._client.run_of(self._gate, self._subscription.aclose())

    def __enter__(self) -> SyncSubscription:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
