"""One split in time for every model, so that 2008 to 2018 is unseen by all of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EMBARGO_DAYS = 21  # trading days: the longest look ahead that any label takes


@dataclass(frozen=True)
class Period:
    """First and last day, both included."""

    first: str
    last: str


# Validation has to hold both regimes: the calm of early 2007 and the turn of that summer.
TRAIN = Period("1999-01-01", "2006-12-31")
VALIDATION = Period("2007-01-01", "2008-06-30")
TEST = Period("2008-07-01", "2018-12-31")


def rows_of(period: Period, date: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Mark the days [n] of ``period`` whose next 21 trading days lie in it too.

    So no label of one period looks at a day of the next.
    """
    inside = (date >= np.datetime64(period.first)) & (date <= np.datetime64(period.last))
    ahead = np.zeros_like(inside)
    ahead[:-EMBARGO_DAYS] = inside[EMBARGO_DAYS:]
    return inside & ahead
