"""Full jitter, so that clients that lost one gateway together do not come back together."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Backoff(NamedTuple):
    """A random wait up to a bound that doubles with each failure in a row, in seconds."""

    first_s: float = 0.5
    most_s: float = 20.0

    def pause_s(self, attempt: int, random: Callable[[], float]) -> float:
        """Seconds to wait; `attempt` is 0 for the first retry, `random` gives [0, 1)."""
        return random() * min(self.most_s, self.first_s * 2.0 ** min(attempt, 30))
