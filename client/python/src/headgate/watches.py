"""The watches of a client, which outlive its connections: on each new one they are asked for again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from .codec import Frame
from .errors import FailedPreconditionError, HeadgateError
from .requests import error_from
from .watch import Watch, WatchOptions


class Duties(Protocol):
    """The methods of the gate that are called here."""

    @property
    def connected(self) -> bool: ...
    def submit(
        self,
        make: Callable[[int], Frame],
        *,
        repeatable: bool,
        first: bool = True,
        needs: str | None = None,
    ) -> asyncio.Future[Frame]: ...


class Watches:
    """The watches of one client, one for each topic."""

    def __init__(self, duties: Duties) -> None:
        self._duties = duties
        self._running: dict[str, Watch] = {}
        # The request for the samples of each topic on this connection, and that for their end.
        self._asked: dict[str, asyncio.Future[Frame]] = {}
        self._leaving: dict[str, asyncio.Future[Frame]] = {}
        self._ended: HeadgateError | None = None

    def watch(self, topic: str, options: WatchOptions) -> Watch:
        """Watch a topic.

        :raises FailedPreconditionError: when this client watches the topic already
        """
        options.require_valid()
        if self._ended is not None:
            raise self._ended
        if topic in self._running:
            raise FailedPreconditionError(
                f"topic: this client watches {topic} already; stop that watch first, or "
                "connect another client"
            )
        watch = Watch(topic, options, self._stopped)
        self._running[topic] = watch
        # A topic that is being left is asked for once the gateway has confirmed it: until then samples of the
        # earlier watch come, perhaps with another filter.
        if self._duties.connected and topic not in self._leaving:
            self._ask(watch)
        return watch

    def restore(self) -> None:
        """Ask for all samples again on a new connection."""
        self._leaving.clear()
        for watch in list(self._running.values()):
            self._ask(watch)

    def deliver(self, frame: Frame) -> None:
        """Pass a sample to its watch."""
        watch = self._running.get(frame["topic"])
        if watch is not None and frame["topic"] not in self._leaving:
            watch.sampled(frame)

    def refused(self, frame: Frame) -> None:
        """The gateway has ended a watch."""
        watch = self._running.get(frame["topic"])
        if watch is not None:
            self._finish(watch, error_from(frame))

    def end(self, told: HeadgateError | None, error: HeadgateError) -> None:
        """End all watches: there will be no further connection."""
        self._ended = error
        for watch in list(self._running.values()):
            self._finish(watch, told)

    def _ask(self, watch: Watch) -> None:
        topic = watch.topic
        # One that still waits for credits since the last connection would be a second request.
        before = self._asked.pop(topic, None)
        if before is not None:
            before.cancel()

        def done(future: asyncio.Future[Frame]) -> None:
            if self._asked.get(topic) is future:
                del self._asked[topic]
            error = None if future.cancelled() else future.exception()
            if isinstance(error, HeadgateError) and error.code != "unavailable":
                self._finish(watch, error)  # After `unavailable` the next connection asks again

        future = self._duties.submit(
            lambda number: watch.options.frame(number, topic), repeatable=False, first=False, needs="watch"
        )
        self._asked[topic] = future
        future.add_done_callback(done)

    def _stopped(self, watch: Watch) -> None:
        topic = watch.topic
        if self._running.get(topic) is not watch:
            return
        del self._running[topic]
        if self._ended is not None or not self._duties.connected or topic in self._leaving:
            return

        def left(future: asyncio.Future[Frame]) -> None:
            if not future.cancelled():
                future.exception()  # Read, or asyncio warns that nobody did
            if self._leaving.get(topic) is not future:
                return
            del self._leaving[topic]
            again = self._running.get(topic)
            if again is not None and self._duties.connected:
                self._ask(again)

        # In the order of the calls, because the request for the samples may still wait for credits.
        future = self._duties.submit(
            lambda number: {"type": "unwatch", "id": number, "topic": topic},
            repeatable=False,
            first=False,
            needs="watch",
        )
        self._leaving[topic] = future
        future.add_done_callback(left)

    def _finish(self, watch: Watch, error: HeadgateError | None) -> None:
        if self._running.get(watch.topic) is watch:
            del self._running[watch.topic]
        watch.end(error)
