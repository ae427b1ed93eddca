"""The streams and subscriptions of a client, which outlive its connections.

Each new connection opens and subscribes them again, before anything else is sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from .codec import Frame
from .errors import FailedPreconditionError, HeadgateError
from .stream import Stream
from .subscription import SubscribeOptions, Subscription
from .topics import overlap, pattern_of

log = logging.getLogger("headgate")

Make = Callable[[int], Frame]


class Duties(Protocol):
    """The methods of the gate that are called here."""

    @property
    def connected(self) -> bool: ...
    async def ack(self, make: Make, *, timeout: float | None = None, needs: str | None = None) -> Frame: ...
    def submit(self, make: Make, *, repeatable: bool) -> asyncio.Future[Frame]: ...
    def tell(self, kind: str, **detail: Any) -> None: ...


class Standing:
    """The streams and subscriptions of one client."""

    def __init__(self, duties: Duties) -> None:
        self._duties = duties
        self._streams: dict[str, Stream] = {}
        self._subscriptions: dict[str, Subscription] = {}
        self._ended: HeadgateError | None = None

    async def open_stream(self, stream: Stream, replace: bool, timeout: float | None) -> Stream:
        """Open a stream with its detector, or join an existing one."""
        name = stream.name
        ack = await self._duties.ack(
            lambda number: stream.open_frame(number, replace), timeout=timeout, needs=stream.needs
        )
        stream.opened(ack)
        self._streams[name] = stream
        return stream

    def forget(self, name: str) -> None:
        """Remove a closed stream."""
        self._streams.pop(name, None)

    def subscribe(
        self, topic: str, since: Mapping[str, Any] | None, options: SubscribeOptions
    ) -> Subscription:
        """Subscribe to a topic."""
        for held in self._subscriptions:
            if overlap(held, topic):
                raise FailedPreconditionError(
                    f"topic: this client listens to {held} already; read it there, or connect another client"
                )
        subscription = Subscription(topic, since, options, lambda: self._unsubscribe(topic))
        self._subscriptions[topic] = subscription
        if self._ended is not None:
            subscription.end(self._ended)
        elif self._duties.connected:
            self._resubscribe(subscription)
        return subscription

    def restore(self) -> None:
        """Open all streams and subscribe to all topics on a new connection."""
        for stream in self._streams.values():
            self._reopen(stream)
        for subscription in self._subscriptions.values():
            self._resubscribe(subscription)

    def deliver(self, frame: Frame) -> None:
        """Pass an event, a snapshot or a heartbeat to its subscription."""
        if frame["type"] == "heartbeat":
            subscribed = self._subscriptions.get(frame["topic"])
            if subscribed is not None:
                subscribed.heartbeat(frame)
            return
        for topic in (frame["topic"], pattern_of(frame["topic"])):
            subscription = self._subscriptions.get(topic)
            if subscription is None:
                continue
            if frame["type"] == "event":
                subscription.event(frame)
            else:
                subscription.snapshot(frame)

    @property
    def is_caught_up(self) -> bool:
        """Whether every subscription has received what it missed, on this connection."""
        return all(subscription.is_caught_up for subscription in self._subscriptions.values())

    def end(self, told: HeadgateError | None, error: HeadgateError) -> None:
        """End all subscriptions: there will be no further connection."""
        self._ended = error
        for subscription in list(self._subscriptions.values()):
            subscription.end(told)

    def _reopen(self, stream: Stream) -> None:
        def done(future: asyncio.Future[Frame]) -> None:
            if _succeeded(future):
                acked = stream.opened(future.result())
                if acked is not None:
                    log.warning(
                        "stream %s: observations up to %s were acked, this gateway has them up to %s; "
                        "a stream lives on one gateway. Feed again what it lacks.",
                        stream.name,
                        acked,
                        stream.last_ts,
                    )
                    self._duties.tell(
                        "observations_lost", stream=stream.name, acked_ts=acked, last_ts=stream.last_ts
                    )
                if stream.created:
                    self._duties.tell("stream_restarted", stream=stream.name)

        self._duties.submit(stream.open_frame, repeatable=True).add_done_callback(done)

    def _resubscribe(self, subscription: Subscription) -> None:
        cursor = subscription.cursor
        subscription.begin()

        def make(number: int) -> Frame:
            frame: Frame = {"type": "subscribe", "id": number, "topic": subscription.topic}
            if cursor is not None:
                frame["since"] = cursor
            if subscription.options.mode is not None:
                frame["mode"] = subscription.options.mode
            if subscription.options.heartbeat_ms is not None:
                frame["heartbeat_ms"] = subscription.options.heartbeat_ms
            return frame

        def done(future: asyncio.Future[Frame]) -> None:
            if _succeeded(future):
                subscription.confirmed(future.result())
                return
            error = None if future.cancelled() else future.exception()
            if isinstance(error, HeadgateError) and error.code != "unavailable":
                subscription.end(error)  # After `unavailable` the next connection subscribes again

        self._duties.submit(make, repeatable=False).add_done_callback(done)

    def _unsubscribe(self, topic: str) -> None:
        self._subscriptions.pop(topic, None)
        if self._ended is None and self._duties.connected:
            frame = {"type": "unsubscribe", "topic": topic}
            self._duties.submit(lambda number: {**frame, "id": number}, repeatable=False).add_done_callback(
                _succeeded
            )


def _succeeded(future: asyncio.Future[Frame]) -> bool:
    """Whether the future has a result; reading its error keeps asyncio from warning that nobody did."""
    return not future.cancelled() and future.exception() is None
