"""Full jitter, so that clients that lost a gateway at the same time do not all reconnect at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Backoff(NamedTuple):
    """A random wait up to a bound that doubles with each failure in a row, in seconds."""

    first_s: float = 0.5
    most_s: float = 20.0

    def pause_s(self, attempt: int, random: Callable[[], float]) -> float:
        """The seconds to wait; `attempt` is 0 for the first retry, `random` returns a number in [0, 1)."""
        return random() * min(self.most_s, self.first_s * 2.0 ** min(attempt, 30))
