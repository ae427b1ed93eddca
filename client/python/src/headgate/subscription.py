"""A subscription that outlives its connections: it resumes after the last event it received."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, NamedTuple

from .codec import Frame
from .errors import HeadgateError, ResourceExhaustedError
from .events import (
    ChallengerKept,
    Change,
    FeedAlarm,
    FeedResumed,
    FeedSilent,
    JobChanged,
    JobEvent,
    JobProgress,
    ModelExpired,
    ModelPromoted,
    ModelServing,
    RetrainFailed,
    StreamEnding,
    TopicHeartbeat,
    TopicSnapshot,
    event_of,
    heartbeat_of,
)
from .hooks import told
from .topics import is_pattern
from .waiters import Waiters

log = logging.getLogger("headgate")

# Changes that may wait for a reader; beyond this number the iteration fails, to limit the memory.
_WAITING_MAX = 100_000

Cursor = dict[str, Any]


class SubscribeOptions(NamedTuple):
    """The settings of a subscription, and its callbacks."""

    mode: str | None = None
    heartbeat_ms: int | None = None
    on_snapshot: Callable[[TopicSnapshot], None] | None = None
    on_feed: Callable[[FeedAlarm], None] | None = None
    on_ending: Callable[[StreamEnding], None] | None = None
    on_heartbeat: Callable[[TopicHeartbeat], None] | None = None
    on_job: Callable[[JobEvent], None] | None = None
    on_serving: Callable[[ModelServing], None] | None = None
    on_promoted: Callable[[ModelPromoted], None] | None = None
    on_expired: Callable[[ModelExpired], None] | None = None
    on_challenger_kept: Callable[[ChallengerKept], None] | None = None
    on_retrain_failed: Callable[[RetrainFailed], None] | None = None
    on_confirmed: Callable[[Frame], None] | None = None
    """For the client itself: the gateway has subscribed, on this connection."""
    on_end: Callable[[HeadgateError | None], None] | None = None
    """For the client itself: no further event comes, with the reason where there is one."""


class Subscription(AsyncIterator[Change]):
    """`async for change in subscription`; `aclose`, or leaving an `async with`, unsubscribes."""

    def __init__(
        self,
        topic: str,
        since: Mapping[str, Any] | None,
        options: SubscribeOptions,
        unsubscribe: Callable[[], None],
    ) -> None:
        self.topic = topic
        self.options = options
        self._unsubscribe = unsubscribe
        self._since: Cursor | None = dict(since) if since is not None else None
        # The cursor after catching up; until then a pattern resumes from its previous one.
        self._reached: Cursor | None = None
        self._catching_up, self._keeps_cursor = True, False
        self._offsets: dict[str, int] = {}
        self._epoch: str | None = None  # The epoch that the offsets belong to
        self._ready: deque[Change] = deque()
        self._waiters = Waiters()
        self._ended = False
        self._error: HeadgateError | None = None
        self._caught_up = asyncio.Event()

    @property
    def cursor(self) -> Cursor | None:
        """The position to resume from; store it to resume in another process."""
        return None if self._since is None else dict(self._since)

    async def caught_up(self) -> None:
        """Wait until everything missed was replayed; for a pattern, until the subscription is confirmed."""
        await self._caught_up.wait()
        if self._error is not None:
            raise self._error

    @property
    def is_caught_up(self) -> bool:
        """Whether everything missed was replayed on this connection."""
        return not self._catching_up

    def begin(self) -> None:
        """A new connection subscribes again."""
        self._catching_up, self._keeps_cursor, self._reached = True, self._since is not None, None

    def event(self, frame: Frame) -> None:
        """Handle an event."""
        topic, epoch, offset = frame["topic"], frame["epoch"], frame["offset"]
        if epoch == self._epoch and offset <= self._offsets.get(topic, 0):
            return
        if len(self._ready) >= _WAITING_MAX:
            self.end(ResourceExhaustedError(f"{_WAITING_MAX} changes of {self.topic} wait to be read"))
            return
        self._advance(topic, epoch, offset, frame["position"])
        event = event_of(frame)
        if isinstance(event, Change):
            self._ready.append(event)
            self._waiters.wake()
        elif isinstance(event, FeedSilent | FeedResumed):
            if self.options.on_feed is None:
                _log(event)
            told(self.options.on_feed, event)
        elif isinstance(event, JobProgress | JobChanged):
            told(self.options.on_job, event)
        elif isinstance(event, ModelServing):
            told(self.options.on_serving, event)
        elif isinstance(event, ModelPromoted):
            told(self.options.on_promoted, event)
        elif isinstance(event, ModelExpired):
            told(self.options.on_expired, event)
        elif isinstance(event, ChallengerKept):
            told(self.options.on_challenger_kept, event)
        elif isinstance(event, RetrainFailed):
            told(self.options.on_retrain_failed, event)
        elif event is not None:
            told(self.options.on_ending, event)

    def heartbeat(self, frame: Frame) -> None:
        """Handle a heartbeat, which does not change the cursor."""
        told(self.options.on_heartbeat, heartbeat_of(frame))

    def snapshot(self, frame: Frame) -> None:
        """Handle a snapshot, which ends a topic's replay."""
        if not frame["recovered"]:
            self._advance(frame["topic"], frame["epoch"], frame["offset"], frame["position"])
        told(self.options.on_snapshot, TopicSnapshot(frame["topic"], frame["recovered"], frame["data"]))
        self._caught_up.set()
        if not frame.get("to_come"):
            self._arrive()

    def confirmed(self, ack: Frame) -> None:
        """Handle the gateway's confirmation."""
        if is_pattern(self.topic):
            self._caught_up.set()
        if ack.get("snapshots") == 0:
            self._arrive()
        told(self.options.on_confirmed, ack)

    def close(self) -> None:
        """End the iteration."""
        self.end(None)

    async def aclose(self) -> None:
        """End the iteration."""
        self.end(None)

    async def __aenter__(self) -> Subscription:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.end(None)

    def end(self, error: HeadgateError | None) -> None:
        """End the events; those that were received can still be read."""
        if self._ended:
            return
        self._ended, self._error = True, error
        self._unsubscribe()
        self._caught_up.set()
        self._waiters.wake()
        told(self.options.on_end, error)

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Change:
        while not self._ready:
            if self._error is not None:
                raise self._error
            if self._ended:
                raise StopAsyncIteration
            await self._waiters.wait()
        return self._ready.popleft()

    def _arrive(self) -> None:
        self._catching_up = False
        self._since, self._reached = self._reached or self._since, None

    def _advance(self, topic: str, epoch: str, offset: int, position: int) -> None:
        if epoch != self._epoch:
            self._offsets.clear()
        self._epoch = epoch
        self._offsets[topic] = offset
        if not is_pattern(self.topic):
            self._since = {"epoch": epoch, "offset": offset}
            return
        before = self._reached or self._since
        known = before.get("position", 0) if before is not None and before["epoch"] == epoch else 0
        reached = {"epoch": epoch, "position": max(position, known)}
        # The snapshot of a topic may still report that events are gone: the old cursor asks for it again.
        if self._catching_up and self._keeps_cursor:
            self._reached = reached
        else:
            self._since = reached


def _log(alarm: FeedAlarm) -> None:
    """Log an alarm when the user has no callback for it: a dead feed looks like a calm market."""
    if isinstance(alarm, FeedSilent):
        log.warning("stream %s: its feed is silent for %g ms", alarm.stream, alarm.max_silence_ms)
    else:
        log.info("stream %s: its feed is back after %g ms", alarm.stream, alarm.silent_ms)
