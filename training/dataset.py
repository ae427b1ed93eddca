"""Rows for a model: the inputs and labels of one period, over one market or two."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data import Bars, Series
from training.split import Period, rows_of

Inputs = Callable[[Bars], NDArray[np.float64]]  # [n, ...], NaN where the history is too short
Labels = Callable[[Bars], Series]  # [n], NaN where the future is unknown


@dataclass(frozen=True)
class Rows:
    """m rows in time order, market after market."""

    date: NDArray[np.datetime64]  # [m]
    X: NDArray[np.float32]  # [m, ...], the inputs of the served model
    y: Series  # [m]


def rows_in(period: Period, markets: Sequence[Bars], inputs: Inputs, labels: Labels) -> Rows:
    """Keep the rows of ``period`` whose inputs and label are known."""
    date, X, y = [], [], []
    for bars in markets:
        x_market, y_market = inputs(bars), labels(bars)
        known = np.isfinite(x_market).reshape(len(bars), -1).all(axis=1) & np.isfinite(y_market)
        keep = rows_of(period, bars.date) & known
        date.append(bars.date[keep])
        X.append(x_market[keep].astype(np.float32))
        y.append(y_market[keep])
    return Rows(np.concatenate(date), np.concatenate(X), np.concatenate(y))


def golden_rows(test: Rows, count: int = 5) -> NDArray[np.intp]:
    """Choose held-out rows spread evenly over the test period."""
    return np.linspace(0, len(test.date) - 1, count).astype(np.intp)
