"""The backtester: each model is fitted on the past, trades the days until the next fit, and is fitted again.

One request a model: the gateway's machine fits the folds, several at one time, and no fold learns from a day
whose return was not known when its test began. While no gateway answers the backtest waits, and then
begins that model's folds again.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from headgate.backtest import BacktestResult, Rolling, walk_forward
from headgate.errors import FailedPreconditionError
from headgate.sklearn import (
    HistGradientBoostingRegressor,
    MLPRegressor,
    Pipeline,
    RandomForestRegressor,
    StandardScaler,
)

if TYPE_CHECKING:
    import pandas as pd

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
        self._say, self._days = say, days
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="backtester")
        self.positions = {name: np.full(len(daily), np.nan) for name in models()}
        self.sources: Counter[str] = Counter()
        self.trouble: str | None = None
        """Why it ended early, or what it waits for."""

    @property
    def folds(self) -> int:
        """How many fits there are, of all models."""
        return len(models()) * len(range(self._days.start, self._days.stop, REFIT_EVERY))

    @property
    def folds_done(self) -> int:
        """How many of them have traded."""
        return self.sources.total()

    def start(self) -> None:
        """Begin; the caller goes on."""
        self._thread.start()

    def finish(self, patience_s: float) -> bool:
        """Wait for the last model, as long as there is patience; whether it is done."""
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
        for name, model in models().items():
            try:
                self._walk(name, model)
            except FailedPreconditionError as error:  # No trainer is installed: the message has the command
                self.trouble = error.message
                self._say(f"backtester: {error.message}")
                return
            if self._stop.is_set():
                return
            told = f"{self.folds_done} of {self.folds} folds, {dict(self.sources)}"
            self._say(f"backtester: {name} is done, {told}")

    def _walk(self, name: str, model: Any) -> None:
        """One model: all its folds, again from the first where the gateway was lost meanwhile."""
        first = self._days.start - FIT_DAYS
        rows = slice(first, self._days.stop)
        label_end = np.arange(self._days.stop - first) + HORIZON_DAYS
        splitter = Rolling(FIT_DAYS, REFIT_EVERY)
        while not self._stop.is_set():
            try:
                found = walk_forward(model, self._X[rows], self._coming[rows], splitter, label_end=label_end)
            except (ConnectionError, TimeoutError) as error:
                if self.trouble is None:
                    self._say(f"backtester: waits for the gateway; nothing is fitted here ({error})")
                self.trouble = str(error)
                self._stop.wait(PAUSE_S)
                continue
            self.trouble = None
            self._trade(name, found, first)
            return

    def _trade(self, name: str, found: BacktestResult, first: int) -> None:
        """Positions of what was expected, by how much such returns had moved in the days of the fit."""
        for fold in found.folds:
            usual = np.std(self._coming[first + fold.train_rows])
            expected = found.predictions[fold.test_rows]
            self.positions[name][first + fold.test_rows] = np.clip(expected / usual * 2, -1, 1)
        self.sources[str(found.source)] += len(found.folds)
