"""Twenty years of the S&P 500, and what the shipped models see of them: row t needs days up to t only."""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Series = NDArray[np.float64]
DATA = Path(__file__).resolve().parents[3] / "examples" / "data" / "sp500.csv"
HISTORY_DAYS = 63
"""Days that the longest feature looks back on."""


@dataclass(frozen=True)
class Bars:
    """Daily bars, oldest first; prices in index points."""

    date: list[str]
    high: Series
    low: Series
    close: Series
    volume: Series


def load(path: Path = DATA) -> Bars:
    """All of them."""
    with path.open() as file:
        rows = list(csv.DictReader(file))
    columns = {
        name: np.array([float(row[name]) for row in rows]) for name in ("high", "low", "close", "volume")
    }
    return Bars([row["date"] for row in rows], **columns)


def returns(bars: Bars) -> Series:
    """ln(C[t] / C[t-1]), 0 on the first day."""
    return np.diff(np.log(bars.close), prepend=np.log(bars.close[0]))


def epoch_ms(date: str) -> float:
    """A day's midnight, UTC, in ms since the epoch."""
    return float(np.datetime64(date, "ms").astype(np.int64))


def _windows(x: Series, days: int) -> Series:
    return sliding_window_view(np.concatenate([np.full(days - 1, np.nan), x]), days)


def _mean(x: Series, days: int) -> Series:
    return _windows(x, days).mean(axis=1)


def _lag(x: Series, days: int) -> Series:
    return np.concatenate([np.full(days, np.nan), x[:-days]])


def features(bars: Bars) -> Series:
    """The 16 features of `market-impact`, [n, 16], in its card's order; NaN until there is enough history."""
    high, low, close = bars.high, bars.low, bars.close
    daily = np.log(close / _lag(close, 1))
    spread = np.maximum(np.log(high / low), 1e-6)
    volume = bars.volume / _lag(_mean(bars.volume, 21), 1)
    impact = 1e4 * spread / volume
    recent = _windows(daily, 21)
    total = (recent**2).sum(axis=1)
    falling = (np.where(recent < 0, recent, 0.0) ** 2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        columns = [
            *(np.log(close / _lag(close, days)) for days in (1, 5, 21)),
            np.log(close / _windows(close, 63).max(axis=1)),
            *(np.log(_mean(spread, days)) for days in (1, 5, 21, 63)),
            *(np.log(np.maximum(np.sqrt(_mean(daily**2, days)), 1e-6)) for days in (5, 21)),
            np.where(total == 0, 0.5, falling / total),
            np.where(high == low, 0.5, (close - low) / (high - low)),
            np.log(volume),
            _mean(np.log(volume), 5),
            *(np.log(_mean(impact, days)) for days in (5, 21)),
        ]
    return np.column_stack(columns)


POLICY_COLUMNS = [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12]
"""Of those, the twelve that the policies see before the position."""


def arguments(description: str) -> argparse.Namespace:
    """What every example takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--url", default=None, help="the gateway (default: HEADGATE_URL, else 127.0.0.1:8470)"
    )
    parser.add_argument("--steps", type=int, default=None, help="stop after so many")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two steps")
    return parser.parse_args()
