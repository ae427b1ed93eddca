"""One split in time for all models, so that none of them has seen 2008 to 2018."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EMBARGO_DAYS = 21  # trading days: the largest number of days ahead that a label uses


@dataclass(frozen=True)
class Period:
    """The first and the last day, both included."""

    first: str
    last: str


# Validation must hold both regimes: the calm of early 2007 and the turbulence from that summer on.
TRAIN = Period("1999-01-01", "2006-12-31")
VALIDATION = Period("2007-01-01", "2008-06-30")
TEST = Period("2008-07-01", "2018-12-31")


def rows_of(period: Period, date: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Mark the days [n] of ``period`` whose next 21 trading days are in it too.

    So no label of one period uses a day of the next.
    """
    inside = (date >= np.datetime64(period.first)) & (date <= np.datetime64(period.last))
    ahead = np.zeros_like(inside)
    ahead[:-EMBARGO_DAYS] = inside[EMBARGO_DAYS:]
    return inside & ahead
