"""Feature values for a few known days, for whoever writes the features in another language."""

import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.data import REPOSITORY, Bars
from training.features import MINIMUM_HISTORY_DAYS

FIXTURES = REPOSITORY / "models" / "training" / "fixtures"

# The first day with enough history, the week after a closed market, and the worst of 2008.
DATES = ("1999-04-05", "2001-09-17", "2008-10-10")


def write_fixture(model: str, bars: Bars, names: Sequence[str], X: NDArray[np.float64]) -> None:
    """Write the rows of ``X`` [n, ...] at ``DATES``: float64, flat, row-major."""
    rows = []
    for date in DATES:
        (at,) = np.flatnonzero(bars.date == np.datetime64(date))
        assert np.isfinite(X[at]).all(), f"{model}: {date} lacks history"
        rows.append({"date": date, "values": X[at].reshape(-1).tolist()})
    fixture = {
        "model": model,
        "source": "examples/data/sp500.csv",
        "minimum_history_days": MINIMUM_HISTORY_DAYS,
        "features": list(names),
        "shape": list(X.shape[1:]),
        "rows": rows,
    }
    (FIXTURES / f"{model}.json").write_text(json.dumps(fixture, indent=2) + "\n")
