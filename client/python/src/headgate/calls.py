"""A user's calls: each has its own time, and fails at once when no gateway is known to answer."""

from __future__ import annotations

import numbers
import os
import time
from collections.abc import Sequence
from typing import Protocol

from .breaker import Breaker
from .codec import Frame
from .errors import (
    DeadlineExceededError,
    FailedPreconditionError,
    HeadgateError,
    InvalidArgumentError,
    UnavailableError,
)
from .options import TIMEOUT_MAX_S
from .outages import Outages
from .requests import MakeFrame, Requests


class Way(Protocol):
    """The state of the connection."""

    @property
    def connected(self) -> bool: ...
    @property
    def url(self) -> str: ...
    @property
    def last_heard(self) -> float: ...


class Calls:
    """Sends a user's requests through the circuit breaker.

    The breaker opens after three calls in a row without an answer, or after one that timed out while the
    gateway was away for longer than `away_after_s`. It closes when a gateway sends a welcome.
    """

    def __init__(
        self, way: Way, requests: Requests, breaker: Breaker, outages: Outages, away_after_s: float
    ) -> None:
        self._way = way
        self._requests = requests
        self._breaker = breaker
        self._outages = outages
        self._away_after_s = away_after_s
        self._process = os.getpid()

    async def ask(
        self, make: MakeFrame, timeout_s: float, *, repeatable: bool, impatient: bool = False
    ) -> Frame:
        """The terminal frame of a request.

        :param impatient: whether to give up when no gateway is there for a while, because there is a fallback
        :raises UnavailableError: with the addresses and the cause, when no gateway could be asked
        """
        self.require_own_process()
        if self._requests.failure is None and not self._allowed():
            raise self.refusal()
        heard = self._way.last_heard
        try:
            frame = await self._requests.ask(make, timeout_s, repeatable=repeatable, impatient=impatient)
        except HeadgateError as error:
            if not _is_unanswered(error):
                if error.answered:
                    self._succeeded()
                else:  # It was never sent
                    self._breaker.abandoned()
                raise
            raise self._no_answer(error, timeout_s, heard) from error.__cause__
        except BaseException:
            self._breaker.abandoned()
            raise
        self._succeeded()
        return frame

    async def ask_many(
        self, makes: Sequence[MakeFrame], timeout_s: float, *, impatient: bool = False
    ) -> list[Frame | HeadgateError]:
        """The terminal frame of each request, or its error; for the breaker they are one call."""
        self.require_own_process()
        if self._requests.failure is None and not self._allowed():
            return [self.refusal() for _ in makes]
        heard = self._way.last_heard
        try:
            answers = await self._requests.ask_many(makes, timeout_s, impatient=impatient)
        except BaseException:
            self._breaker.abandoned()
            raise
        unanswered = [each for each in answers if isinstance(each, HeadgateError) and _is_unanswered(each)]
        if any(not isinstance(each, HeadgateError) or each.answered for each in answers):
            self._succeeded()
        elif unanswered:
            self._count_no_answer(heard)
        else:  # None was sent
            self._breaker.abandoned()
        return [
            self._explained(each, timeout_s)
            if isinstance(each, HeadgateError) and _is_unanswered(each)
            else each
            for each in answers
        ]

    def gave_up(self, timeout_s: float) -> HeadgateError:
        """The error for a caller whose time is over while others still wait for the same answer."""
        error = DeadlineExceededError("", processed="no")
        return self._no_answer(error, timeout_s, time.monotonic() - timeout_s)

    def require_own_process(self) -> None:
        """Refuse in a forked child, where the parent's event loop cannot be used.

        :raises FailedPreconditionError: in the child
        """
        if os.getpid() != self._process:
            raise FailedPreconditionError(
                f"this client was connected by process {self._process} before it forked: connect anew in "
                "this process, or use headgate.Client, which does so by itself"
            )

    def refusal(self) -> UnavailableError:
        """The error of a call while the breaker is open."""
        return self._outages.error(retry_in_s=self._breaker.retry_in_s if self._way.connected else None)

    def _allowed(self) -> bool:
        """Whether a call may go on; an open breaker lets no trial call through without a connection."""
        return self._breaker.allows() if self._way.connected else self._breaker.state == "closed"

    def _no_answer(self, error: HeadgateError, timeout_s: float, heard: float) -> HeadgateError:
        self._count_no_answer(heard)
        return self._explained(error, timeout_s)

    def _count_no_answer(self, heard: float) -> None:
        if not self._way.connected:
            self._breaker.failed()
            if (self._outages.lasting_s or 0.0) >= self._away_after_s:
                self._breaker.trip()
        elif self._way.last_heard > heard:  # The gateway is alive, and slow with this request
            self._breaker.abandoned()
        else:
            self._breaker.failed()
            if self._breaker.state != "closed":
                self._outages.began(self._way.url, "connected, but no answer to calls within their time")

    def _explained(self, error: HeadgateError, timeout_s: float) -> HeadgateError:
        """The error with what the caller needs to know: the addresses, the cause, the time."""
        if not self._way.connected:
            if isinstance(error, DeadlineExceededError) and error.processed == "no":
                return self._outages.error(f"no gateway answered within the call's {timeout_s:g} s")
            if isinstance(error, UnavailableError) and not error.addresses:
                self._outages.name(error)
            return error
        if isinstance(error, DeadlineExceededError):
            message = f"{self._way.url}: no answer within the call's {timeout_s:g} s"
            return DeadlineExceededError(message, processed=error.processed)
        return error

    def _succeeded(self) -> None:
        if self._breaker.state != "closed" and self._way.connected:
            self._outages.over(self._way.url)
        self._breaker.succeeded()


def _is_unanswered(error: HeadgateError) -> bool:
    """Whether no gateway sent this error."""
    return not error.answered and isinstance(error, UnavailableError | DeadlineExceededError)


def seconds(timeout: float | None, default: float) -> float:
    """A call's time in seconds.

    :raises InvalidArgumentError: for one that is no positive number
    """
    given = default if timeout is None else timeout
    if isinstance(given, bool) or not isinstance(given, numbers.Real) or not given > 0:
        raise InvalidArgumentError(f"timeout: must be a number of seconds above 0, not {given!r}")
    return min(float(given), TIMEOUT_MAX_S)
