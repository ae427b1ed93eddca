"""A circuit breaker: a silent gateway costs its timeout for a few calls, and not for each call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

State = Literal["closed", "open", "half_open"]


class Breaker:
    """Opens after some failures in a row; then lets single calls through to try the gateway again.

    :param failures: in a row until it opens
    :param first_s: seconds until the first trial; they double up to `most_s` while trials fail
    """

    def __init__(
        self, clock: Callable[[], float], failures: int = 3, first_s: float = 0.5, most_s: float = 20.0
    ) -> None:
        self._clock = clock
        self._failures_max = failures
        self._first_s, self._most_s = first_s, most_s
        self._failures = 0
        self._pause_s = first_s
        self._retry_at = 0.0
        self._trying = False

    @property
    def state(self) -> State:
        """The current state."""
        if self._failures < self._failures_max:
            return "closed"
        return "half_open" if self._trying or self._clock() >= self._retry_at else "open"

    def allows(self) -> bool:
        """Whether a call may go to the gateway; while it is half open, one call may."""
        if self._failures < self._failures_max:
            return True
        if self._trying or self._clock() < self._retry_at:
            return False
        self._trying = True
        return True

    def succeeded(self) -> None:
        """Record that the gateway answered, even with an error."""
        self._failures, self._trying, self._pause_s = 0, False, self._first_s

    def failed(self) -> None:
        """Record that no answer arrived."""
        if self._trying:
            self._pause_s = min(self._most_s, self._pause_s * 2)
        self._trying = False
        self._failures += 1
        if self._failures >= self._failures_max:
            self._retry_at = self._clock() + self._pause_s

    def trip(self) -> None:
        """Open at once, because there is certainly no gateway."""
        if self._failures < self._failures_max:
            self._failures = self._failures_max
            self._retry_at = self._clock() + self._pause_s

    @property
    def retry_in_s(self) -> float:
        """Seconds until a call may go to the gateway; 0 when one may, or a trial is in progress."""
        return 0.0 if self.state != "open" else self._retry_at - self._clock()

    def abandoned(self) -> None:
        """Record a call that shows nothing: it was cancelled, or the gateway was busy with it."""
        self._trying = False
