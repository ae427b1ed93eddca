"""A circuit breaker: a gateway that does not answer costs its timeout a few times, not at each call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

State = Literal["closed", "open", "half_open"]


class Breaker:
    """Opens after failures in a row; then lets one call through now and again to find the gateway anew.

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
        """Where it stands."""
        if self._failures < self._failures_max:
            return "closed"
        return "half_open" if self._trying or self._clock() >= self._retry_at else "open"

    def allows(self) -> bool:
        """Whether a call may go to the gateway; of those that come while it is half open, one."""
        if self._failures < self._failures_max:
            return True
        if self._trying or self._clock() < self._retry_at:
            return False
        self._trying = True
        return True

    def succeeded(self) -> None:
        """The gateway answered, be it with an error of its own."""
        self._failures, self._trying, self._pause_s = 0, False, self._first_s

    def failed(self) -> None:
        """No answer came."""
        if self._trying:
            self._pause_s = min(self._most_s, self._pause_s * 2)
        self._trying = False
        self._failures += 1
        if self._failures >= self._failures_max:
            self._retry_at = self._clock() + self._pause_s

    def trip(self) -> None:
        """It is known that no gateway is there: open at once."""
        if self._failures < self._failures_max:
            self._failures = self._failures_max
            self._retry_at = self._clock() + self._pause_s

    @property
    def retry_in_s(self) -> float:
        """Seconds until a call is let through again; 0 when one is, or one is on its way."""
        return 0.0 if self.state != "open" else self._retry_at - self._clock()

    def abandoned(self) -> None:
        """The call ended without telling anything: it was cancelled, or the gateway was busy with it."""
        self._trying = False
