"""The regime agent: feeds a stream day by day, whose detector runs in the gateway, and is told of changes.

While no gateway answers, a plain rule of its own says the regime. The stream is then given the days that it
missed: it has them all in the end, and each change is told once.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import headgate
import numpy as np

from bars import epoch_ms

if TYPE_CHECKING:
    import pandas as pd

DETECTOR = "gaussian_hmm"
PARAMETERS = {
    "n_components": 3,
    "warmup": 252,  # observations, a year
    "refit_every": 63,  # observations, a quarter
    "window": 10_000,  # observations: all there are
    "enter_probability": 0.9,
    "min_dwell": 2,  # observations
}
ANSWER_S = 5.0
LONG_DAYS, SHORT_DAYS = 252, 21


class Regime(NamedTuple):
    """The regime at a close, and who said so."""

    name: str
    source: str


def by_volatility(daily: pd.Series) -> str:
    """The rule: turbulent while a month's volatility is above one and a half times its year's median."""
    monthly = np.sqrt((daily.iloc[-LONG_DAYS - SHORT_DAYS :] ** 2).rolling(SHORT_DAYS).mean()).dropna()
    return "turbulent" if monthly.iloc[-1] > 1.5 * monthly.median() else "calm"


class RegimeAgent:
    """One stream, and a subscription to its changes.

    :param stream: its name
    :param past: the returns before the first day that is observed: the detector starts with them
    :param on_change: told of each change, in a thread of its own
    """

    def __init__(
        self,
        client: headgate.Client,
        stream: str,
        past: pd.Series,
        on_change: Callable[[headgate.Change], None],
    ) -> None:
        self._client, self._name, self._past = client, stream, past
        self._stream: headgate.SyncStream | None = None
        self._taken = -np.inf
        self._on_change = on_change
        self.changes: list[headgate.Change] = []
        # It stands before there is a gateway, over reconnections, and resumes after the last change seen.
        self._subscription = client.subscribe(f"regime.{stream}")
        self._listener = threading.Thread(target=self._listen, daemon=True, name="regimes")
        self._listener.start()

    def observe(self, daily: pd.Series) -> Regime:
        """The regime at the close of the last of these days.

        :param daily: all returns up to it
        """
        if self._client.connected:
            try:
                return self._observed(daily)
            except (ConnectionError, TimeoutError):
                pass  # Lost in its midst: the days that were not acked are given again
        return Regime(by_volatility(daily), "local rule")

    def _observed(self, daily: pd.Series) -> Regime:
        if self._stream is None:
            history = headgate.History(ts=epoch_ms(self._past.index), values=self._past.to_numpy()[:, None])
            self._stream = self._client.stream(
                self._name, DETECTOR, PARAMETERS, history=history, timeout=30.0
            )
            self._taken = self._stream.last_ts or -np.inf
        times = np.array(epoch_ms(daily.index))
        fresh = times > self._taken
        if fresh.any():
            given = self._stream.observe(times[fresh], daily.to_numpy()[fresh][:, None], timeout=ANSWER_S)
            self._taken = given.last_ts
        state = self._client.regime(self._name, timeout=ANSWER_S)
        return Regime(str(state["regime"]) if state is not None else "unknown", "gateway")

    def _listen(self) -> None:
        for change in self._subscription:
            self.changes.append(change)
            self._on_change(change)

    def close(self) -> None:
        """End the subscription, and the stream, which belongs to this replay alone."""
        self._subscription.close()
        self._listener.join(ANSWER_S)
        if self._stream is not None and self._client.connected:
            with contextlib.suppress(ConnectionError, TimeoutError):
                self._stream.close(timeout=ANSWER_S)
