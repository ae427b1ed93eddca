"""Daily bars of the S&P 500, and what the models see of them: row t needs days up to t only.

pandas is imported by the functions that make frames, so that the modules answer before it is there: it takes
as long as all of their other imports together.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

DATA = Path(__file__).resolve().parents[1] / "data" / "sp500.csv"
HISTORY_DAYS = 63
"""Days that the longest feature looks back on."""

SIGNAL_FEATURES = [
    "return_1", "return_5", "return_21", "drawdown_63", "log_range_1", "log_range_5", "log_range_21",
    "log_volatility_5", "log_volatility_21", "downside_share_21", "close_location_1", "log_relative_volume_1",
]  # fmt: skip
"""The twelve that the signal models and the policies see, in the order of their cards."""


def load(path: Path = DATA) -> pd.DataFrame:
    """All bars by date, oldest first; prices in index points."""
    import pandas as pd

    return pd.read_csv(path, index_col="date", parse_dates=["date"])


def returns(bars: pd.DataFrame) -> pd.Series:
    """ln(C[t] / C[t-1]), 0 on the first day."""
    return np.log(bars["close"]).diff().fillna(0.0)


def features(bars: pd.DataFrame) -> pd.DataFrame:
    """The 16 features of `market-impact`, in its card's order; NaN until there is enough history."""
    import pandas as pd

    high, low, close, volume = (bars[name] for name in ("high", "low", "close", "volume"))
    daily = np.log(close / close.shift(1))
    spread = np.log(high / low).clip(lower=1e-6)
    relative = volume / volume.rolling(21).mean().shift(1)
    impact = 1e4 * spread / relative
    total = (daily**2).rolling(21).sum()
    falling = (daily.clip(upper=0) ** 2).rolling(21).sum()
    table = {
        **{f"return_{days}": np.log(close / close.shift(days)) for days in (1, 5, 21)},
        "drawdown_63": np.log(close / close.rolling(63).max()),
        **{f"log_range_{days}": np.log(spread.rolling(days).mean()) for days in (1, 5, 21, 63)},
        **{
            f"log_volatility_{days}": np.log(np.sqrt((daily**2).rolling(days).mean()).clip(lower=1e-6))
            for days in (5, 21)
        },
        "downside_share_21": (falling / total).where(total > 0, 0.5),
        "close_location_1": ((close - low) / (high - low)).where(high > low, 0.5),
        "log_relative_volume_1": np.log(relative),
        "log_relative_volume_5": np.log(relative).rolling(5).mean(),
        **{f"log_impact_{days}": np.log(impact.rolling(days).mean()) for days in (5, 21)},
    }
    return pd.DataFrame(table)


def epoch_ms(days: pd.DatetimeIndex) -> list[float]:
    """Midnights, UTC, in ms since the epoch."""
    return [float(each) for each in days.to_numpy().astype("datetime64[ms]").astype(np.int64)]
