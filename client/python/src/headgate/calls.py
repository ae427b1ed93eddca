"""A user's calls: each within its own time, and at once an error when it is known that no gateway answers."""

from __future__ import annotations

import os
import time
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
    """What is known of the connection."""

    @property
    def connected(self) -> bool: ...
    @property
    def url(self) -> str: ...
    @property
    def last_heard(self) -> float: ...


class Calls:
    """Requests of the user, through the circuit breaker.

    It opens after three calls in a row without an answer, or one that waited in vain while the gateway was
    away for longer than `away_after_s`. It closes when a gateway says welcome.
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

        :param impatient: given up when no gateway is there for a while, because somebody else can answer
        :raises UnavailableError: with the addresses and the cause, when no gateway could be asked
        """
        self.require_own_process()
        if self._requests.failure is None and not self._allowed():
            raise self.refusal()
        heard = self._way.last_heard
        try:
            frame = await self._requests.ask(make, timeout_s, repeatable=repeatable, impatient=impatient)
        except HeadgateError as error:
            if error.answered or not isinstance(error, UnavailableError | DeadlineExceededError):
                self._succeeded()
                raise
            raise self._no_answer(error, timeout_s, heard) from error.__cause__
        except BaseException:
            self._breaker.abandoned()
            raise
        self._succeeded()
        return frame

    def gave_up(self, timeout_s: float) -> HeadgateError:
        """What a caller is told that waited so long for an answer that others wait for as well."""
        error = DeadlineExceededError("", processed="no")
        return self._no_answer(error, timeout_s, time.monotonic() - timeout_s)

    def require_own_process(self) -> None:
        """An event loop, and what belongs to it, does not live on in a forked child.

        :raises FailedPreconditionError: in the child
        """
        if os.getpid() != self._process:
            raise FailedPreconditionError(
                f"this client was connected by process {self._process} before it forked: connect anew in "
                "this process, or use headgate.Client, which does so by itself"
            )

    def refusal(self) -> UnavailableError:
        """What a call is told while the breaker is open."""
        return self._outages.error(retry_in_s=self._breaker.retry_in_s if self._way.connected else None)

    def _allowed(self) -> bool:
        """Without a connection a call tries nothing: the link does, and its welcome closes this."""
        return self._breaker.allows() if self._way.connected else self._breaker.state == "closed"

    def _no_answer(self, error: HeadgateError, timeout_s: float, heard: float) -> HeadgateError:
        if not self._way.connected:
            self._breaker.failed()
            if (self._outages.lasting_s or 0.0) >= self._away_after_s:
                self._breaker.trip()
            if isinstance(error, DeadlineExceededError) and error.processed == "no":
                return self._outages.error(f"no gateway answered within the call's {timeout_s:g} s")
            if isinstance(error, UnavailableError) and not error.addresses:
                self._outages.name(error)
            return error
        if self._way.last_heard > heard:  # it lives, and is slow with this request
            self._breaker.abandoned()
        else:
            self._breaker.failed()
            if self._breaker.state != "closed":
                self._outages.began(self._way.url, "connected, but no answer to calls within their time")
        if isinstance(error, DeadlineExceededError):
            message = f"{self._way.url}: no answer within the call's {timeout_s:g} s"
            return DeadlineExceededError(message, processed=error.processed)
        return error

    def _succeeded(self) -> None:
        if self._breaker.state != "closed" and self._way.connected:
            self._outages.over(self._way.url)
        self._breaker.succeeded()


def seconds(timeout: float | None, default: float) -> float:
    """A call's time.

    :raises InvalidArgumentError: for one that is no positive number
    """
    given = default if timeout is None else timeout
    if isinstance(given, bool) or not isinstance(given, int | float) or not given > 0:
        raise InvalidArgumentError(f"timeout: must be a number of seconds above 0, not {given!r}")
    return min(float(given), TIMEOUT_MAX_S)
