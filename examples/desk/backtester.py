"""The backtester: each model is fitted on the past, trades the days until the next fit, and is fitted again.

A plain loop over `fit` and `predict`, as it was with scikit-learn; only the imports differ. The fits run on
the gateway's machine. A backtest has time: while no gateway answers it waits, and then fits that model again.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from headgate.errors import FailedPreconditionError, NotFoundError
from headgate.sklearn import (
    HistGradientBoostingRegressor,
    MLPRegressor,
    Pipeline,
    RandomForestRegressor,
    StandardScaler,
)

HORIZON_DAYS = 5
REFIT_EVERY, FIT_DAYS = 126, 1500
COST = 5e-4
"""Of a full turn of the position, in log return."""
PAUSE_S = 0.25


def models() -> Mapping[str, Any]:
    """What is compared, each with a seed, so that a backtest repeats itself."""
    forest = RandomForestRegressor(n_estimators=100, max_depth=4, min_samples_leaf=40, random_state=0)
    boosting = HistGradientBoostingRegressor(
        max_iter=60, learning_rate=0.05, max_depth=3, min_samples_leaf=60, random_state=0
    )
    network = MLPRegressor(hidden_layer_sizes=(16,), alpha=1.0, max_iter=60, random_state=0)
    return {
        "forest": forest,
        "boosting": boosting,
        "mlp": Pipeline([("scale", StandardScaler()), ("mlp", network)]),
    }


class Backtester:
    """Walks forward over the given days, in a thread of its own.

    :param days: those that are traded; the fits see earlier ones too
    :param say: prints a line; it is called in the backtester's thread
    """

    def __init__(
        self,
        features: pd.DataFrame,
        daily: pd.Series,
        days: range,
        *,
        say: Callable[[str], None] = print,
    ) -> None:
        self._X, self._daily = features.to_numpy(), daily.to_numpy()
        self._coming = daily.rolling(HORIZON_DAYS).sum().shift(-HORIZON_DAYS).to_numpy()
        self._say, self._last = say, days.stop
        self._starts = range(days.start, days.stop, REFIT_EVERY)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="backtester")
        self.positions = {name: np.full(len(daily), np.nan) for name in models()}
        self.sources: Counter[str] = Counter()
        self.folds_done = 0
        self.trouble: str | None = None
        """Why it ended early, or what it waits for."""

    @property
    def folds(self) -> int:
        """How many there are."""
        return len(self._starts)

    def start(self) -> None:
        """Begin; the caller goes on."""
        self._thread.start()

    def finish(self, patience_s: float) -> bool:
        """Wait for the last fold, as long as there is patience; whether it is done."""
        self._thread.join(patience_s)
        self._stop.set()
        return self.folds_done == self.folds

    def returns(self, name: str) -> Any:
        """The log returns of a model's positions after costs, of the days that it traded."""
        held = self.positions[name]
        days = np.flatnonzero(~np.isnan(held))
        days = days[days + 1 < len(self._daily)]
        turns = np.abs(np.diff(held[days], prepend=0.0))
        return held[days] * self._daily[days + 1] - COST * turns

    def _run(self) -> None:
        for at in self._starts:
            try:
                self._walk(at)
            except FailedPreconditionError as error:  # No trainer is installed: the message has the command
                self.trouble = error.message
                self._say(f"backtester: {error.message}")
                return
            if self._stop.is_set():
                return
            self.folds_done += 1
            self._say(f"backtester: fold {self.folds_done} of {self.folds}, {dict(self.sources)}")

    def _walk(self, at: int) -> None:
        """One fold: the rows whose horizon has passed teach, the days until the next fit are predicted."""
        known = slice(max(0, at - FIT_DAYS), at - HORIZON_DAYS)
        coming = slice(at, min(at + REFIT_EVERY, self._last))
        for name, model in models().items():
            while not self._stop.is_set():
                try:
                    model.fit(self._X[known], self._coming[known])
                    expected = model.predict(self._X[coming])
                except (ConnectionError, TimeoutError, NotFoundError) as error:
                    # The gateway is away, or was started again and has not the model that it fitted before.
                    if self.trouble is None:
                        self._say(f"backtester: waits for the gateway; nothing is fitted here ({error})")
                    self.trouble = str(error)
                    self._stop.wait(PAUSE_S)
                    continue
                self.trouble = None
                self.positions[name][coming] = np.clip(expected / np.std(self._coming[known]) * 2, -1, 1)
                self.sources[str(model.source_)] += 1
                break
