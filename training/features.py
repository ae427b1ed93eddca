"""The models' inputs: functions of daily bars up to and including day t.

Every function takes series of length n, oldest day first, and returns a series of length n whose
entry t depends on days up to t only. It is NaN where the history is too short. All logarithms are
natural and all prices are index points, so every feature is a pure number, save ``impact``.

The formulas are plain enough to be written again in another language; ``fixtures/`` holds the
values to compare with, float64, before they are rounded to FP32 for a model.
"""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from training.data import Bars, Series

MINIMUM_HISTORY_DAYS = 63  # the first day that has every feature is the 63rd


def lagged(x: Series, days: int) -> Series:
    """Shift by ``days``: x[t - days]."""
    out = np.full_like(x, np.nan)
    out[days:] = x[:-days]
    return out


def windows(x: Series, days: int) -> NDArray[np.float64]:
    """Stack the trailing windows, [n, days]: row t is x[t - days + 1 .. t], oldest first."""
    padded = np.concatenate([np.full(days - 1, np.nan), x])
    return sliding_window_view(padded, days)


def trailing_mean(x: Series, days: int) -> Series:
    """Average the last ``days`` values, today's included."""
    return np.asarray(windows(x, days).mean(axis=1), dtype=np.float64)


def log_return(close: Series, days: int) -> Series:
    """ln(C[t] / C[t - days])."""
    return np.log(close / lagged(close, days))


def drawdown(close: Series, days: int) -> Series:
    """ln(C[t] / the highest close of the last ``days``), 0 at a high, below 0 otherwise."""
    highest: Series = windows(close, days).max(axis=1)
    return np.log(close / highest)


def price_range(high: Series, low: Series) -> Series:
    """ln(H[t] / L[t]), at least 1e-6 so that it has a logarithm."""
    return np.maximum(np.log(high / low), 1e-6)


def volatility(close: Series, days: int) -> Series:
    """Root mean square of the last ``days`` daily log returns, at least 1e-6, not annualised."""
    mean_square = trailing_mean(log_return(close, 1) ** 2, days)
    return np.maximum(np.sqrt(mean_square), 1e-6)


def downside_share(close: Series, days: int) -> Series:
    """Share of the last ``days`` squared returns that falling days made: 0 to 1, 0.5 if all are 0.

    sum(r[i]^2 where r[i] < 0) / sum(r[i]^2), with i over the last ``days``.
    """
    r = windows(log_return(close, 1), days)
    total = (r**2).sum(axis=1)
    falling = (np.where(r < 0, r, 0.0) ** 2).sum(axis=1)
    share = falling / np.where(total == 0, 1.0, total)
    return np.where(total == 0, 0.5, share)


def close_location(high: Series, low: Series, close: Series) -> Series:
    """(C[t] - L[t]) / (H[t] - L[t]): 0 at the low, 1 at the high, 0.5 if they are equal."""
    spread = high - low
    location = (close - low) / np.where(spread == 0, 1.0, spread)
    return np.where(spread == 0, 0.5, location)


def relative_volume(volume: Series) -> Series:
    """V[t] / the mean of V over the 21 days before t, which is called the usual day's volume."""
    return volume / lagged(trailing_mean(volume, 21), 1)


def impact(high: Series, low: Series, volume: Series) -> Series:
    """Return the range per usual day's volume, in basis points.

    1e4 * price_range[t] / relative_volume[t]: Amihud's (2002) illiquidity, with the high-low range
    for the absolute return and volume counted in usual days.
    """
    return 1e4 * price_range(high, low) / relative_volume(volume)


def all_features(bars: Bars) -> dict[str, Series]:
    """Compute every feature that a model may ask for, by name."""
    ranges = price_range(bars.high, bars.low)
    log_volume = np.log(relative_volume(bars.volume))
    impacts = impact(bars.high, bars.low, bars.volume)
    return {
        "return_1": log_return(bars.close, 1),
        "return_5": log_return(bars.close, 5),
        "return_21": log_return(bars.close, 21),
        "drawdown_63": drawdown(bars.close, 63),
        "log_range_1": np.log(ranges),
        "log_range_5": np.log(trailing_mean(ranges, 5)),
        "log_range_21": np.log(trailing_mean(ranges, 21)),
        "log_range_63": np.log(trailing_mean(ranges, 63)),
        "log_volatility_5": np.log(volatility(bars.close, 5)),
        "log_volatility_21": np.log(volatility(bars.close, 21)),
        "downside_share_21": downside_share(bars.close, 21),
        "close_location_1": close_location(bars.high, bars.low, bars.close),
        "log_relative_volume_1": log_volume,
        "log_relative_volume_5": trailing_mean(log_volume, 5),
        "log_impact_5": np.log(trailing_mean(impacts, 5)),
        "log_impact_21": np.log(trailing_mean(impacts, 21)),
    }


def feature_table(bars: Bars, names: Sequence[str]) -> NDArray[np.float64]:
    """Line up the named features as the columns of [n, d]; NaN until the history is long enough."""
    by_name = all_features(bars)
    return np.column_stack([by_name[name] for name in names])


def feature_windows(bars: Bars, names: Sequence[str], days: int) -> NDArray[np.float64]:
    """Stack the last ``days`` rows of the table, oldest first: [n, days, d]."""
    table = feature_table(bars, names)
    columns = [windows(table[:, column], days) for column in range(len(names))]
    return np.stack(columns, axis=2)
