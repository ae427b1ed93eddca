"""What happens to a job, for all who wait for it or read its progress: they share one subscription.

On each connection the job's state is asked for once more, so that no end is missed whatever was replayed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Protocol

from ..errors import CancelledError, HeadgateError, is_no_answer
from ..events import JobChanged, JobEvent, JobProgress
from ..subscription import SubscribeOptions, Subscription
from ..waiters import Waiters
from .results import JobState

_PAUSE_S = 1.0

AskState = Callable[[], Awaitable[JobState]]


class Subscriber(Protocol):
    """Subscribes to topics."""

    def subscribe(
        self, topic: str, since: Mapping[str, Any] | None, options: SubscribeOptions
    ) -> Subscription: ...


class JobFeeds:
    """The feeds of one client, by job."""

    def __init__(self, subscriber: Subscriber) -> None:
        self._subscriber = subscriber
        self._feeds: dict[str, JobFeed] = {}

    def of(self, job: str, ask: AskState) -> JobFeed:
        """The feed of a job, to be entered."""
        feed = self._feeds.get(job)
        if feed is None:
            feed = self._feeds[job] = JobFeed(job, ask, self._subscriber, lambda: self._feeds.pop(job, None))
        return feed


class JobFeed:
    """Subscribed while somebody is inside `async with`."""

    def __init__(self, job: str, ask: AskState, subscriber: Subscriber, left: Callable[[], object]) -> None:
        self._job = job
        self._ask = ask
        self._subscriber = subscriber
        self._left = left
        self._inside = 0
        self._subscription: Subscription | None = None
        self._asking: set[asyncio.Task[None]] = set()
        self._waiters = Waiters()
        self._newest: tuple[int, JobProgress] | None = None
        self._end: JobState | None = None
        self._error: HeadgateError | None = None

    async def __aenter__(self) -> JobFeed:
        if self._subscription is None:
            options = SubscribeOptions(on_job=self._event, on_confirmed=self._confirmed, on_end=self._ended)
            self._subscription = self._subscriber.subscribe(f"job.{self._job}", None, options)
        self._inside += 1
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._inside -= 1
        if self._inside > 0 or self._subscription is None:
            return
        self._left()
        self._subscription.close()
        for task in self._asking:
            task.cancel()

    async def ended(self) -> JobState:
        """The state at the job's end."""
        while self._end is None:
            if self._error is not None:
                raise self._error
            await self._waiters.wait()
        return self._end

    async def progress(self) -> AsyncIterator[JobProgress]:
        """The newest progress, each once, until the job has ended."""
        read = 0
        while True:
            if self._newest is not None and self._newest[0] > read:
                read, progress = self._newest
                yield progress
            elif self._end is not None:
                return
            elif self._error is not None:
                raise self._error
            else:
                await self._waiters.wait()

    def _event(self, event: JobEvent) -> None:
        if isinstance(event, JobChanged):
            self._is_now(event.state)
            return
        self._newest = ((self._newest[0] if self._newest else 0) + 1, event)
        self._waiters.wake()

    def _is_now(self, state: JobState) -> None:
        if state.has_ended:
            self._end = state
            self._waiters.wake()

    def _confirmed(self, _: object) -> None:
        """A connection has subscribed: what ended before is found out by asking."""
        task = asyncio.ensure_future(self._look())
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _look(self) -> None:
        while not await self._asked():
            await asyncio.sleep(_PAUSE_S)

    async def _asked(self) -> bool:
        """Whether the state is known now, or never will be."""
        try:
            self._is_now(await self._ask())
        except HeadgateError as error:
            if error.retryable or is_no_answer(error):
                return False
            self._ended(error)
        return True

    def _ended(self, error: HeadgateError | None) -> None:
        """No further event will come: the gateway refused, or the client was closed."""
        if self._end is None and self._error is None:
            self._error = error or CancelledError("the client was closed")
            self._waiters.wake()
