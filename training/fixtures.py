"""Feature values of a few known days, to test implementations of the features elsewhere."""

import json
from collections.abc import Sequence

import numpy as np

from training.data import REPOSITORY, Bars
from training.dataset import Inputs
from training.features import MINIMUM_HISTORY_DAYS

FIXTURES = REPOSITORY / "training" / "fixtures"

# The first day with enough history, the week after a closed market, and the worst week of 2008.
DATES = ("1999-04-05", "2001-09-17", "2008-10-10")


def write_fixture(model: str, bars: Bars, names: Sequence[str], inputs: Inputs) -> None:
    """Write the inputs at ``DATES``: float64, flat, row-major.

    Each is computed from all bars and from the 63 up to that day, which have to agree: a feature
    looks neither ahead nor further back.
    """
    X, rows = inputs(bars), []
    for date in DATES:
        at = int(np.flatnonzero(bars.date == np.datetime64(date))[0])
        history = bars.part(at + 1 - MINIMUM_HISTORY_DAYS, at + 1)
        np.testing.assert_allclose(inputs(history)[-1], X[at], rtol=1e-12, err_msg=model)
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
