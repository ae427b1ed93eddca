"""Renews the token of a connection before it expires, where the user gave a function that makes tokens.

The gateway says how many milliseconds the token has left, so it does not matter whether the two clocks agree.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable

from .errors import HeadgateError, UnauthenticatedError

# A token is renewed when a fifth of its time is left, or a minute of a long one's.
_LEAD_PART = 0.2
_LEAD_MOST_S = 60.0
# The pauses between two attempts: a tenth of the time that is left, between these.
_RETRY_PART = 0.1
_RETRY_LEAST_S = 1.0
_RETRY_MOST_S = 30.0


class TokenRenewal:
    """The timer of one client; `begin` at each connection, `end` when it is gone.

    :param renew: gives the gateway a token of the user's function; returns `expires_in_ms` of the `ack`
    :param failed: is told of each attempt that failed
    """

    def __init__(
        self, renew: Callable[[], Awaitable[object]], failed: Callable[[HeadgateError], None]
    ) -> None:
        self._renew = renew
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._attempt: asyncio.Task[None] | None = None
        self._expires_at = math.inf

    def begin(self, expires_in_ms: object) -> None:
        """Note how long the token has left; None for one that does not expire."""
        self._stop_timer()
        self._expires_at = math.inf
        if not isinstance(expires_in_ms, (int, float)) or not math.isfinite(expires_in_ms):
            return
        left_s = expires_in_ms / 1000
        self._expires_at = self._loop.time() + left_s
        lead_s = min(_LEAD_MOST_S, left_s * _LEAD_PART)
        # Clients that were given their tokens in one moment do not all renew them in one moment.
        self._after(left_s - lead_s * (1 + random.random() / 2))

    def end(self) -> None:
        """The connection is gone: nothing is renewed on it."""
        self._stop_timer()
        self._expires_at = math.inf
        if self._attempt is not None:
            self._attempt.cancel()
            self._attempt = None

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _after(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self._loop.call_later(seconds, self._start)

    def _start(self) -> None:
        self._attempt = self._loop.create_task(self._try(), name="headgate-token")

    async def _try(self) -> None:
        before = self._expires_at
        try:
            expires_in_ms = await self._renew()
            # Before Python 3.12 `wait_for` loses a cancellation that comes as its result does.
            if self._attempt is not asyncio.current_task():
                return
            self.begin(expires_in_ms)
        except Exception as error:  # the user's function may raise anything
            self._failed(error if isinstance(error, HeadgateError) else token_error(error))
            self._retry()
        else:
            # The function gave the token that the gateway has already, or one that lasts no longer.
            if self._expires_at < before + _RETRY_LEAST_S:
                self._retry()

    def _retry(self) -> None:
        left_s = self._expires_at - self._loop.time()
        self._after(min(max(left_s * _RETRY_PART, _RETRY_LEAST_S), _RETRY_MOST_S))


def token_error(error: BaseException) -> UnauthenticatedError:
    """That the user's function gave no token."""
    late = isinstance(error, asyncio.TimeoutError)
    why = "it gave none in time" if late else str(error) or repr(error)
    return UnauthenticatedError(f"the function given as `token` failed: {why}")
