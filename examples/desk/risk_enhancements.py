"""Risk enhancements: value at risk by Monte Carlo on a Ledoit-Wolf covariance, and a forest of risky days.

The forest is trained on the gateway's machine and published there as a model that any of the team's
containers may ask. The container holds neither trees nor scikit-learn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import headgate
import headgate.risk
import numpy as np
from headgate.errors import HeadgateError
from headgate.sklearn import LedoitWolf

if TYPE_CHECKING:
    import pandas as pd

MODEL = "desk-risky-days"
HORIZON_DAYS, FALL = 5, -0.025
"""A day is risky when the index closes so far below it, in log return, within so many days."""
WINDOW_DAYS = 252
RETRAIN_EVERY = 63
FIT_DAYS = 2000
WEIGHTS = np.array([0.4, 0.3, 0.2, 0.1])
FOREST = {"n_estimators": 100, "max_depth": 5, "min_samples_leaf": 20, "random_state": 0}
ANSWER_S, TRAIN_S = 2.0, 300.0


class Risk(NamedTuple):
    """Of one day's close."""

    value_at_risk: float
    """At 99 %, of the next day, of a book that is fully invested; in log return."""
    risky: float
    """The probability that the coming days are risky."""
    var_source: str
    risky_source: str


def sleeves(daily: pd.Series) -> pd.DataFrame:
    """Daily returns of the book's four sleeves; what one does on a day was decided at the close before."""
    import pandas as pd

    volatility = np.sqrt((daily**2).rolling(21).mean()).clip(lower=1e-4)
    held = pd.DataFrame(
        {
            "index": np.ones(len(daily)),
            "month": np.sign(daily.rolling(21).sum()),
            "week": -np.sign(daily.rolling(5).sum()),
            "steady": (0.01 / volatility).clip(upper=2.0),
        },
        index=daily.index,
    )
    return held.shift(1).mul(daily, axis=0)


class RiskEnhancements:
    """Measures each day, and trains the forest each quarter."""

    def __init__(self, client: headgate.Client, features: pd.DataFrame, bars: pd.DataFrame) -> None:
        self._client, self._X = client, features.to_numpy()
        lowest = bars["close"][::-1].rolling(HORIZON_DAYS).min()[::-1].shift(-1)
        self._risky = (np.log(lowest / bars["close"]) < FALL).to_numpy()
        self._book = sleeves(np.log(bars["close"]).diff()).to_numpy()
        self._volatility = features["log_volatility_21"].to_numpy()
        self._trained_at: int | None = None
        self.version: str | None = None
        """Of the published forest that answers; None until there is one."""
        self.published: list[str] = []
        self.trouble: str | None = None

    def retrain(self, t: int) -> bool:
        """Train and publish when it is due; whether a new version serves. Without a gateway it stays due."""
        due = self._trained_at is None or t - self._trained_at >= RETRAIN_EVERY
        if not due or not self._client.connected:
            return False
        # The last days' outcome is not known yet.
        known = slice(max(0, t - FIT_DAYS), t - HORIZON_DAYS)
        rows = {"X": self._X[known], "y": self._risky[known].astype(np.int64)}
        try:
            trained = self._client.train(
                "random_forest_classifier", rows, parameters=FOREST, publish=MODEL, timeout=TRAIN_S
            )
        except (HeadgateError, ConnectionError, TimeoutError) as error:
            self.trouble = str(error)  # Away in its midst, or no trainer is installed
            return False
        if trained.published is None:
            return False
        self.version = trained.published.version
        self._trained_at, self.trouble = t, None
        self.published.append(self.version)
        return True

    def measure(self, t: int) -> Risk:
        """The risk at the close of day t."""
        window = self._book[t - WINDOW_DAYS + 1 : t + 1]
        covariance = LedoitWolf().fit(window)
        simulated = headgate.risk.monte_carlo_var(
            mean=window.mean(axis=0),
            covariance=covariance.covariance_,
            weights=WEIGHTS,
            level=0.99,
            n_paths=20_000,
            random_state=0,
        )
        risky, source = self._probability(t)
        return Risk(float(simulated["var"][0]), risky, str(simulated["source"]), source)

    def _probability(self, t: int) -> tuple[float, str]:
        if self.version is not None:
            try:
                row = self._X[t : t + 1]
                asked = self._client.infer(MODEL, {"X": row}, outputs=["probabilities"], timeout=ANSWER_S)
                return float(asked["probabilities"][0, 1]), "gateway"
            except (ConnectionError, TimeoutError):
                pass
        return self._by_volatility(t), "local rule"

    def _by_volatility(self, t: int) -> float:
        """Without the forest: how often the past's risky days were at a volatility like today's."""
        known = slice(HORIZON_DAYS * 13, t - HORIZON_DAYS)
        alike = np.abs(self._volatility[known] - self._volatility[t]) < 0.25
        return float((self._risky[known][alike].sum() + 1) / (alike.sum() + 10))
