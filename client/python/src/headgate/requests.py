"""Requests between the user and the link: each is answered once.

They wait for credits and for a connection, carry the time that remains, and are sent again when that is
surely safe.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from .allowance import Allowance
from .codec import Frame, Parts, encode, size_of
from .errors import (
    DeadlineExceededError,
    HeadgateError,
    InvalidArgumentError,
    UnavailableError,
    error_of,
)

ID_MAX = 0xFFFF_FFFF
# The gateway's own word on a deadline comes first if it comes soon: it says whether the request ran.
_GRACE_S = 0.02
_ATTEMPTS_MAX = 5
_RETRY_FIRST_S = 0.02

MakeFrame = Callable[[int, float], Frame]
"""From an id and the milliseconds that remain, made anew for each attempt."""


class Way(Protocol):
    """The way out, as the link gives it."""

    @property
    def open(self) -> bool: ...
    def send(self, encoded: bytes | Parts, *, alone: bool = False) -> None: ...


class Pending:
    """A request that somebody waits for."""

    __slots__ = ("attempts", "bytes", "deadline", "future", "id", "impatient", "make", "repeatable")

    def __init__(
        self,
        make: MakeFrame,
        deadline: float,
        future: asyncio.Future[Frame],
        repeatable: bool,
        impatient: bool,
    ) -> None:
        self.make = make
        self.deadline = deadline
        self.future = future
        self.repeatable = repeatable
        self.impatient = impatient
        self.id: int | None = None
        self.bytes = 0
        self.attempts = 0


class Requests:
    """All the requests of one client.

    :param no_gateway: makes what an impatient request is told
    """

    def __init__(self, way: Way, no_gateway: Callable[[], HeadgateError]) -> None:
        self._way = way
        self._no_gateway = no_gateway
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Pending] = deque()
        # Also those nobody waits for any more, until their answer frees the credit.
        self._in_flight: dict[int, Pending] = {}
        self._pausing: set[Pending] = set()
        self._bytes = 0
        self._allowed = Allowance(credits=0, bytes_in_flight=0, message_bytes=0)
        self._last_id = 0
        self._failure: HeadgateError | None = None
        self.impatient = False
        self._deadlines: list[tuple[float, int, Pending]] = []
        self._order = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def failure(self) -> HeadgateError | None:
        """Why nothing will be answered any more; None while requests are taken."""
        return self._failure

    @property
    def idle(self) -> bool:
        """Whether nothing is in flight."""
        return not self._in_flight

    async def ask(
        self,
        make: MakeFrame,
        timeout_s: float | None,
        *,
        repeatable: bool = False,
        impatient: bool = False,
        first: bool = False,
    ) -> Frame:
        """The terminal frame of a request; cancelling this cancels it at the gateway.

        :param timeout_s: for everything; None for what must be settled by the gateway
        :param repeatable: whether it may be sent again although it may have run
        :param impatient: given up when no gateway is there for a while, because somebody else can answer
        :param first: sent ahead of what waits
        """
        pending = self.submit(make, timeout_s, repeatable=repeatable, impatient=impatient, first=first)
        try:
            return await pending.future
        except asyncio.CancelledError:
            self._give_up(pending)
            raise

    async def ask_many(
        self, makes: Sequence[MakeFrame], timeout_s: float, *, impatient: bool = False
    ) -> list[Frame | HeadgateError]:
        """The terminal frame of each request, or its error; they are sent in one turn, joined."""
        pending: list[Pending] = []
        try:
            pending += [
                self._enqueue(make, timeout_s, repeatable=False, impatient=impatient) for make in makes
            ]
        except HeadgateError as error:  # Nothing is taken now; none of them was sent
            return [error] * len(makes)
        self.pump()
        try:
            return [await _outcome(each.future) for each in pending]
        except asyncio.CancelledError:
            for each in pending:
                if each.future.cancel() or each.future.cancelled():
                    self._give_up(each)
                else:
                    each.future.exception()  # Else the loop logs one that nobody reads any more
            raise

    def submit(
        self,
        make: MakeFrame,
        timeout_s: float | None,
        *,
        repeatable: bool = False,
        impatient: bool = False,
        first: bool = False,
    ) -> Pending:
        """As `ask`, in this turn: what is submitted earlier is sent earlier."""
        pending = self._enqueue(make, timeout_s, repeatable=repeatable, impatient=impatient, first=first)
        self.pump()
        return pending

    def _enqueue(
        self,
        make: MakeFrame,
        timeout_s: float | None,
        *,
        repeatable: bool,
        impatient: bool,
        first: bool = False,
    ) -> Pending:
        if self._failure is not None:
            raise self._failure
        if impatient and self.impatient:
            raise self._no_gateway()
        deadline = self._loop.time() + timeout_s if timeout_s is not None else float("inf")
        pending = Pending(make, deadline, self._loop.create_future(), repeatable, impatient)
        if timeout_s is not None:
            # Whoever has another answer needs the time for it.
            self._watch(pending, min(_GRACE_S, timeout_s / 20) if impatient else _GRACE_S)
        if first:
            self._waiting.appendleft(pending)
        else:
            self._waiting.append(pending)
        return pending

    def up(self, allowed: Allowance) -> None:
        """A connection is up: what waits may go."""
        self._allowed = allowed
        self.impatient = False
        self.pump()

    def down(self, reason: str) -> None:
        """The connection is gone: what may safely be sent again waits, the rest is told."""
        lost = [each for each in self._in_flight.values() if not each.future.done()]
        self._in_flight.clear()
        self._bytes = 0
        for pending in reversed(lost):
            pending.id = None
            if pending.repeatable:
                self._waiting.appendleft(pending)
            else:
                error = UnavailableError(f"the connection was lost: {reason}", processed="maybe")
                self._fail(pending, error)

    def lose_patience(self) -> None:
        """No gateway for a while: who has another answer need not wait."""
        self.impatient = True
        for pending in [*self._waiting, *self._pausing]:
            if pending.impatient:
                self._fail(pending, self._no_gateway())
        self._waiting = deque(each for each in self._waiting if not each.future.done())

    def end(self, error: HeadgateError) -> None:
        """Nothing will be answered any more."""
        self._failure = error
        for pending in [*self._waiting, *self._pausing, *self._in_flight.values()]:
            self._fail(pending, error)
        self._waiting.clear()
        self._in_flight.clear()
        self._deadlines.clear()
        if self._alarm is not None:
            self._alarm.cancel()

    def answer(self, frame: Frame) -> None:
        """A terminal frame with an id."""
        pending = self._in_flight.pop(frame["id"], None)
        if pending is None:
            return
        self._bytes -= pending.bytes
        pending.id = None
        if not pending.future.done():
            if frame["type"] == "error":
                self._failed(pending, frame)
            else:
                pending.future.set_result(frame)
        if self._waiting:
            self.pump()

    def pump(self) -> None:
        """Launch what may go."""
        while self._waiting and self._way.open and len(self._in_flight) < self._allowed.credits:
            if not self._launch(self._waiting[0]):
                return
            self._waiting.popleft()

    def _launch(self, pending: Pending) -> bool:
        """False when the bytes in flight leave no room for it now."""
        if pending.future.done():
            return True
        remaining_ms = max(1.0, (pending.deadline - self._loop.time()) * 1000)
        number = self._next_id()
        try:
            frame = pending.make(number, remaining_ms)
            encoded = encode(frame)
        except HeadgateError as error:
            self._fail(pending, error)
            return True
        except Exception as error:  # a value's own conversion to an array may raise anything
            invalid = InvalidArgumentError(f"the request: {error}")
            invalid.__cause__ = error
            self._fail(pending, invalid)
            return True
        size = size_of(encoded)
        problem = self._allowed.problem(frame, size)
        if problem is not None:
            self._fail(pending, InvalidArgumentError(problem))
            return True
        if self._bytes > 0 and self._bytes + size > self._allowed.bytes_in_flight:
            return False
        pending.id, pending.bytes = number, size
        pending.attempts += 1
        alone = not self._in_flight and len(self._waiting) <= 1
        self._in_flight[number] = pending
        self._bytes += size
        self._way.send(encoded, alone=alone)
        return True

    def _failed(self, pending: Pending, frame: Frame) -> None:
        error = error_from(frame)
        safe = error.processed == "no" or pending.repeatable
        pause_s = error.retry_after_s
        if pause_s is None:
            pause_s = _RETRY_FIRST_S * 2.0**pending.attempts * random.random()
        in_time = self._loop.time() + pause_s < pending.deadline
        if not error.retryable or not safe or not in_time or pending.attempts >= _ATTEMPTS_MAX:
            self._fail(pending, error)
            return
        self._pausing.add(pending)
        self._loop.call_later(pause_s, self._again, pending)

    def _again(self, pending: Pending) -> None:
        self._pausing.discard(pending)
        if not pending.future.done():
            self._waiting.appendleft(pending)
            self.pump()

    def _give_up(self, pending: Pending) -> None:
        """Nobody waits any more: the gateway is told, so that it computes nothing."""
        if pending.id is not None:
            self._way.send(encode({"type": "cancel", "id": pending.id}))
        elif pending in self._waiting:
            self._waiting.remove(pending)

    def _fail(self, pending: Pending, error: HeadgateError) -> None:
        if not pending.future.done():
            pending.future.set_exception(error)

    def _watch(self, pending: Pending, grace_s: float) -> None:
        """One timer for all deadlines: 256 timers made and cancelled per turn cost as much as sending."""
        entry = (pending.deadline + grace_s, next(self._order), pending)
        heapq.heappush(self._deadlines, entry)
        if len(self._deadlines) > 1024 and len(self._deadlines) > 4 * (
            len(self._in_flight) + len(self._waiting) + len(self._pausing)
        ):
            self._deadlines = [each for each in self._deadlines if not each[2].future.done()]
            heapq.heapify(self._deadlines)
        if self._alarm is None or self._deadlines[0] is entry:
            self._set_alarm()

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        while self._deadlines and self._deadlines[0][2].future.done():
            heapq.heappop(self._deadlines)
        self._alarm = self._loop.call_at(self._deadlines[0][0], self._ring) if self._deadlines else None

    def _ring(self) -> None:
        self._alarm = None
        while self._deadlines and self._deadlines[0][0] <= self._loop.time() + 1e-4:
            pending = heapq.heappop(self._deadlines)[2]
            if pending.future.done():
                continue
            error = DeadlineExceededError(
                "no answer within its time", processed="no" if pending.id is None else "maybe"
            )
            self._give_up(pending)
            self._fail(pending, error)
        self._set_alarm()

    def _next_id(self) -> int:
        while True:
            self._last_id = 1 if self._last_id == ID_MAX else self._last_id + 1
            if self._last_id not in self._in_flight:
                return self._last_id


async def _outcome(future: asyncio.Future[Frame]) -> Frame | HeadgateError:
    try:
        return await future
    except HeadgateError as error:
        return error


def error_from(frame: Frame) -> HeadgateError:
    """The exception of an `error` frame."""
    retry_after_ms = frame.get("retry_after_ms")
    return error_of(frame["code"])(
        frame["message"],
        retryable=frame["retryable"],
        processed="no" if frame["processed"] == "no" else "maybe",
        answered=True,
        retry_after_s=None if retry_after_ms is None else retry_after_ms / 1000,
    )
