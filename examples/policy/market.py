"""The S&P 500 by days, and what the policy sees of it beside its return: a row needs days up to it only."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import pandas as pd

sys.path.append(str(Path(__file__).resolve().parents[1] / "desk"))

import bars

SEEN = [
    "return_5", "return_21", "drawdown_63", "log_range_1", "log_range_21", "log_volatility_5",
    "log_volatility_21", "downside_share_21", "close_location_1", "log_relative_volume_1",
]  # fmt: skip
RANGES = {
    "train": ("1999", "2008-07"),
    "validation": ("2008-09", "2011-06"),
    "test": ("2011-08", "2020"),
    "embargo": 21,
}
"""Half-open, by dates; what looks back furthest at the first day of a range has 63 days of the one before."""
COST = 2.0
"""Of trading, in basis points of what is traded."""


class Market(NamedTuple):
    """Closes and features of the same days."""

    prices: pd.Series
    features: pd.DataFrame

    def test_days(self) -> range:
        """The rows of the days that nothing was trained on or chosen by."""
        first, end = (int(self.prices.index.searchsorted(pd.Timestamp(each))) for each in RANGES["test"])
        return range(first, end)


def load() -> Market:
    """All days whose features are known."""
    days = bars.load()
    features = bars.features(days)[SEEN].dropna()
    return Market(days.loc[features.index, "close"], features)
