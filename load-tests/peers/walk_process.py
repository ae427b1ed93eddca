"""Backtests in a process of its own, as a container runs them: at a gateway, or in a plain loop over scikit-learn.

Start: ``python load-tests/peers/walk_process.py [URL]`` (needs requirements.txt beside it; with a URL numpy alone).
Each line ``{"seed": s, "folds": n}`` is answered with ``{"ms": ..., "memory_mb": ..., "sum": ..., "load": ...}``: the time,
what the process then holds, the sum of the predictions, which is equal on both sides, and the machine's load.
"""

import json
import os
import sys
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from process_memory import memory_mb

TRAIN_ROWS, COLUMNS = 2_500, 20
FOREST: dict[str, Any] = {"n_estimators": 100, "random_state": 0}
Rows = NDArray[np.float64]


def table(seed: int, rows: int) -> tuple[Rows, Rows]:
    """Factor returns, and a target that depends on three of them."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, COLUMNS))
    return x, x[:, 0] * x[:, 1] + np.abs(x[:, 2]) + 0.1 * draw.normal(size=rows)


def at_gateway(x: Rows, y: Rows) -> Rows:
    """One request."""
    from headgate.backtest import Rolling, walk_forward
    from headgate.sklearn import RandomForestRegressor

    found = walk_forward(RandomForestRegressor(**FOREST), x, y, Rolling(TRAIN_ROWS, 1))
    return np.asarray(found.predictions[TRAIN_ROWS:])


def in_loop(x: Rows, y: Rows) -> Rows:
    """A fit and a prediction a row, each fit by all cores."""
    from sklearn.ensemble import RandomForestRegressor

    predictions = []
    for at in range(TRAIN_ROWS, len(x)):
        forest = RandomForestRegressor(**FOREST, n_jobs=-1).fit(
            x[at - TRAIN_ROWS : at], y[at - TRAIN_ROWS : at]
        )
        forest.n_jobs = 1  # A row is predicted faster without threads, and the sum has one order.
        predictions.append(forest.predict(x[at : at + 1]))
    return np.concatenate(predictions)


def main(url: str | None) -> None:
    """Answers each line until the input ends."""
    if url is not None:
        import headgate

        headgate.configure(url, fallback=False)
    print(json.dumps({"port": 0}), flush=True)
    for line in sys.stdin:
        ask = json.loads(line)
        x, y = table(ask["seed"], TRAIN_ROWS + ask["folds"])
        started = time.perf_counter()
        predictions = in_loop(x, y) if url is None else at_gateway(x, y)
        ms = (time.perf_counter() - started) * 1e3
        print(
            json.dumps(
                {"ms": ms, "memory_mb": memory_mb(), "sum": predictions.sum(), "load": os.getloadavg()[0]}
            ),
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
