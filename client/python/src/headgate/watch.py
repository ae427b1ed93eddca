"""A watch of the gateway's own figures. It holds one sample at most, the newest that nobody has read."""

from __future__ import annotations

import numbers
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, NamedTuple

from .codec import Frame
from .errors import HeadgateError, InvalidArgumentError
from .hooks import told
from .waiters import Waiters


class Sample(NamedTuple):
    """The gateway's figures at one time."""

    topic: str
    """The topic, as it is watched."""
    ts: float
    """Milliseconds since the epoch, by the gateway's clock."""
    seq: int
    """The number of the sample; where one is missing on a connection, this client was too slow for it."""
    data: Mapping[str, Any]
    """The figures, as PROTOCOL.md has them."""


class WatchOptions(NamedTuple):
    """How a topic is watched, and who hears of the end."""

    interval: float | None = None
    contains: str | None = None
    on_end: Callable[[HeadgateError], None] | None = None

    def frame(self, number: int, topic: str) -> Frame:
        """The request for the samples."""
        frame: Frame = {"type": "watch", "id": number, "topic": topic}
        if self.interval is not None:
            frame["interval_ms"] = round(self.interval * 1000)
        if self.contains is not None:
            frame["contains"] = self.contains
        return frame

    def require_valid(self) -> None:
        """Refuse what is no number of seconds; the gateway knows the range.

        :raises InvalidArgumentError: naming `interval`
        """
        interval = self.interval
        if interval is None:
            return
        if isinstance(interval, bool) or not isinstance(interval, numbers.Real) or not 0 < interval < 2**31:
            raise InvalidArgumentError(f"interval: must be a number of seconds above 0, not {interval!r}")


class Watch(AsyncIterator[Sample]):
    """`async for sample in watch`; `stop`, or leaving an `async with`, ends it.

    Whoever reads gets the newest sample, and each sample once. When the gateway ends the watch, the iteration
    raises the reason.
    """

    def __init__(self, topic: str, options: WatchOptions, stopped: Callable[[Watch], None]) -> None:
        self.topic = topic
        self.options = options
        self._stopped = stopped
        self._newest: Sample | None = None
        self._waiters = Waiters()
        self._ended = False
        self._error: HeadgateError | None = None

    def sampled(self, frame: Frame) -> None:
        """Handle a sample; one that nobody has read yet is replaced."""
        if self._ended:
            return
        self._newest = Sample(self.topic, frame["ts"], frame["seq"], frame["data"])
        self._waiters.wake()

    def stop(self) -> None:
        """End it. The iteration ends, and no sample comes afterwards."""
        if self._ended:
            return
        self._newest = None
        self._end(None)
        self._stopped(self)

    def end(self, error: HeadgateError | None) -> None:
        """No further sample will come; the one that was received can still be read.

        :param error: what the iteration raises; None when the client was closed
        """
        if self._ended:
            return
        self._end(error)
        if error is not None:
            told(self.options.on_end, error)

    def _end(self, error: HeadgateError | None) -> None:
        self._ended, self._error = True, error
        self._waiters.wake()

    async def __aenter__(self) -> Watch:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.stop()

    def __aiter__(self) -> Watch:
        return self

    async def __anext__(self) -> Sample:
        while self._newest is None:
            if self._error is not None:
                raise self._error
            if self._ended:
                raise StopAsyncIteration
            await self._waiters.wait()
        sample, self._newest = self._newest, None
        return sample
