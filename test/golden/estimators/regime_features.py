"""Rolling features by their definitions."""

import numpy as np
from vectors import (
    case,
    shaped,
)


def cases(sets):
    rows = [
        ("returns", {}, [20]),
        ("returns", {"window": 3}, [3]),
        ("prices", {"input": "prices", "window": 10}, [10]),
        ("returns", {}, [5, 20, 60]),
        ("offset", {"input": "prices", "window": 10}, [10]),
        ("wine", {"window": 10}, [10]),
    ]
    for name, parameters, windows in rows:
        x = sets[name]
        prices = parameters.get("input") == "prices"
        returns = np.diff(x, axis=0) / x[:-1] if prices else x
        features = [rolling(column, window) for window in windows for column in returns.T]
        names = ["returns", "volatility", "drawdown", "autocorrelation"]
        columns = {key: np.array([f[i] for f in features]).T for i, key in enumerate(names)}
        if prices:
            first = np.zeros((1, len(features)))
            columns = {key: np.vstack([first, value]) for key, value in columns.items()}
        valid = np.arange(len(x)) >= max(windows) - 1 + prices
        given = {} if len(windows) == 1 else {"windows": windows}
        yield case(name, parameters, shaped(**columns, valid=valid.astype(int))) | {"inputs": shaped(given)}


def rolling(returns, window):
    """The four features of one series by their definitions, 0 before the window is full."""
    out = np.zeros((4, len(returns)))
    for t in range(window - 1, len(returns)):
        seen = returns[t + 1 - window : t + 1]
        wealth = np.concatenate([[0], np.cumsum(np.log1p(seen))])
        correlation = np.corrcoef(seen[1:], seen[:-1])[0, 1]
        fall = np.expm1(wealth[-1] - wealth.max())
        out[:, t] = np.expm1(wealth[-1]), seen.std(ddof=1), fall, correlation
    return out
