"""Checks prices and features, and computes what is observed of them, a column each."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from headgate_trainer.failure import invalid
from headgate_trainer.policies.environment_parameters import ASSETS_MAX
from headgate_trainer.tensors import Array

FIELD = "parameters.environment"
LARGEST = 1e30
"""Features are observed in FP32, whose largest number is 3.4e38."""


def checked_prices(given: Array) -> Array:
    """Take prices as FP64, all of which can be traded at."""
    if given.dtype.kind not in "fiu" or given.ndim != 2 or given.size == 0:
        raise invalid(f"inputs.prices: must be numbers [rows, assets], got {given.shape}")
    prices = np.asarray(given, dtype=np.float64)
    if prices.shape[1] > ASSETS_MAX:
        raise invalid(f"inputs.prices: may have {ASSETS_MAX} assets, got {prices.shape[1]}")
    bad = ~(np.isfinite(prices) & (prices > 0))
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise invalid(
            f"inputs.prices: the value at [{row}, {column}] is {prices[row, column]:g}; every "
            "price is finite and above 0, or no return can be computed: leave the row out"
        )
    return prices


def returns_of(prices: Array) -> Array:
    """Compute the simple return from each row to the next, ``[rows - 1, assets]``."""
    with np.errstate(over="ignore"):
        returns = prices[1:] / prices[:-1] - 1.0
    bad = ~(returns < LARGEST)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise invalid(
            f"inputs.prices: from [{row}, {column}] to [{row + 1}, {column}] the price rises by "
            "more than a reward can hold"
        )
    return np.asarray(returns)


def observed_columns(
    prices: Array, features: Array | None, options: Mapping[str, Any]
) -> tuple[list[str], Array]:
    """Put the observed columns side by side, with their names."""
    has_returns = "returns" in options["include"]
    names: list[str] = []
    parts: list[Array] = []
    if has_returns:
        # The first row has no return: it is never observed.
        log_returns = np.diff(np.log(prices), axis=0, prepend=np.log(prices[:1]))
        names += [f"return[{asset}]" for asset in range(prices.shape[1])]
        parts.append(log_returns)
    chosen = options["columns"]
    if features is None:
        if chosen:
            raise invalid(f"{FIELD}.columns: chooses among features, and there are none")
    else:
        table = _checked_features(features, len(prices))
        chosen = list(range(table.shape[1])) if chosen is None else chosen
        for at, column in enumerate(chosen):
            if column >= table.shape[1]:
                raise invalid(
                    f"{FIELD}.columns[{at}]: is {column}, and features has {table.shape[1]} columns"
                )
        names += [f"feature[{column}]" for column in chosen]
        parts.append(table[:, chosen])
    if not names and not options["include"]:
        raise invalid(f"{FIELD}.include: nothing is observed; include something, or send features")
    joined = np.concatenate(parts, axis=1) if parts else np.empty((len(prices), 0))
    return names, np.ascontiguousarray(joined)


def _checked_features(given: Array, rows: int) -> Array:
    if given.dtype.kind not in "fiu" or given.ndim != 2 or given.shape[1] == 0:
        raise invalid(f"inputs.features: must be numbers [rows, columns], got {given.shape}")
    if len(given) != rows:
        raise invalid(f"inputs.features: has {len(given)} rows, and prices has {rows}")
    table = np.asarray(given, dtype=np.float64)
    bad = ~(np.abs(table) <= LARGEST)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise invalid(
            f"inputs.features: the value at [{row}, {column}] is {table[row, column]:g}; features "
            f"are finite and within {LARGEST:g}: leave the row out, or fill it in"
        )
    return table
