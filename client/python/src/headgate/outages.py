"""When no gateway answers: since when, why, and when it is tried again. Each outage is logged."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from .errors import UnavailableError

log = logging.getLogger("headgate")


class Outage(NamedTuple):
    """A time in which no gateway answered, as `on_back` is told at its end."""

    addresses: tuple[str, ...]
    cause: str
    lasted_s: float
    fallbacks: int
    """Calls that were answered elsewhere meanwhile."""


class Outages:
    """Whether a gateway answers now. A warning is logged at an outage's start, its length at its end."""

    def __init__(
        self,
        urls: Sequence[str],
        clock: Callable[[], float],
        ended: Callable[[Outage], None] = lambda outage: None,
    ) -> None:
        self._urls = tuple(urls)
        self._clock = clock
        self._ended = ended
        self._causes: dict[str, str] = {}
        self._since: float | None = None
        self._retry_at: float | None = None
        self._fallbacks = 0
        self.count = 0
        """Outages that began."""
        self.seconds = 0.0
        """Of outages that ended."""
        self.told: set[str] = set()
        """Models whose fallback was logged since the last outage ended."""

    @property
    def lasting_s(self) -> float | None:
        """Seconds since this outage began; None when a gateway answers."""
        return None if self._since is None else self._clock() - self._since

    @property
    def cause(self) -> str:
        """What the last attempt at each address met; empty when there was none yet."""
        if len(self._urls) == 1:
            return self._causes.get(self._urls[0], "")
        return "; ".join(f"{url}: {self._causes[url]}" for url in self._urls if url in self._causes)

    def began(self, url: str, cause: str) -> None:
        """An address was lost or could not be reached; of one outage, the first is logged."""
        self._causes[url] = cause
        if self._since is not None:
            return
        self._since = self._clock()
        self.count += 1
        log.warning("no gateway answers: %s: %s", url, cause)

    def fell_back(self) -> None:
        """A call was answered elsewhere."""
        self._fallbacks += 1

    def retried_in(self, seconds: float) -> None:
        """The next attempt comes then."""
        self._retry_at = self._clock() + seconds

    def over(self, url: str) -> None:
        """A gateway answers."""
        lasted, cause, fallbacks = self.lasting_s, self.cause, self._fallbacks
        self._since, self._retry_at, self._fallbacks = None, None, 0
        self._causes.clear()
        if lasted is None:
            return
        self.seconds += lasted
        self.told.clear()
        log.info("%s answers again after %.1f s; %d calls were answered elsewhere", url, lasted, fallbacks)
        self._ended(Outage(self._urls, cause, lasted, fallbacks))

    def name(self, error: UnavailableError) -> None:
        """Give an error of another making the addresses and the cause."""
        error.addresses, error.cause = self._urls, self.cause

    def error(self, what: str = "no gateway answers", retry_in_s: float | None = None) -> UnavailableError:
        """What a call is told, with the addresses, the cause, and when it is tried again."""
        if retry_in_s is None and self._retry_at is not None:
            retry_in_s = self._retry_at - self._clock()
        again = " It is being tried now."
        if retry_in_s is not None and retry_in_s > 0:
            again = f" It is tried again in {retry_in_s:.1f} s."
        error = self.last_error(what)
        return UnavailableError(
            error.message + again,
            addresses=error.addresses,
            cause=error.cause,
            retry_after_s=None if retry_in_s is None else max(0.0, retry_in_s),
        )

    def last_error(self, what: str) -> UnavailableError:
        """As `error`, of a client that tries no more."""
        cause = self.cause or "no attempt to connect has come to an end yet"
        end = "" if cause.endswith("?") else "."
        message = f"{what} at {', '.join(self._urls)}: {cause}{end}"
        return UnavailableError(message, addresses=self._urls, cause=cause)
