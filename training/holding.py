"""The result of a position held from close to close, after costs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data import Bars, Series

COST = 0.0005  # the cost of a trade, as a share of the traded value
DAYS_A_YEAR = 252
HEADER = ("position", "growth a year", "volatility", "ratio", "worst loss", "trades a year")


@dataclass(frozen=True)
class Held:
    """The yearly figures of a strategy."""

    growth: float  # a year, logarithmic, percent
    volatility: float  # a year, percent
    worst_loss: float  # from a high, logarithmic, percent
    trades: float  # a year; a change by a whole position counts 1

    def line(self, name: str) -> tuple[str, ...]:
        """Return the figures as a row of a table; the ratio is growth over volatility."""
        ratio = f"{self.growth / self.volatility:.2f}" if self.volatility > 0 else "none"
        growth, volatility = f"{self.growth:+.1f} %", f"{self.volatility:.1f} %"
        return name, growth, volatility, ratio, f"{self.worst_loss:.0f} %", f"{self.trades:.0f}"


def held(position: Series, bars: Bars, date: NDArray[np.datetime64]) -> Held:
    """Hold ``position`` [m], a share of the capital chosen at the closes of ``date``.

    Each is held until the next close; each change costs ``COST`` times the changed share.
    """
    at = np.searchsorted(bars.date, date)
    simple = bars.close[at + 1] / bars.close[at] - 1
    traded = np.abs(np.diff(position, prepend=0.0))
    growth = np.log1p(position * simple - COST * traded)
    wealth = np.append(0.0, growth.cumsum())
    years = len(growth) / DAYS_A_YEAR
    return Held(
        growth=100 * float(growth.sum()) / years,
        volatility=100 * float(growth.std()) * DAYS_A_YEAR**0.5,
        worst_loss=100 * float((np.maximum.accumulate(wealth) - wealth).max()),
        trades=float(traded.sum()) / years,
    )
