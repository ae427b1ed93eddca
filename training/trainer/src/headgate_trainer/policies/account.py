"""The arithmetic of accounts: what a row's trade costs, earns, and leaves. Pure, in numpy.

Every array has a row for each account. Weights are shares of the account's equity, so that nothing
here depends on how large the account is.
"""

from dataclasses import dataclass

import numpy as np

from headgate_trainer.tensors import Array

RUIN = 1e-3
"""An account of which a row leaves this share or less is ruined: its episode ends."""


@dataclass(frozen=True)
class Costs:
    """What is paid, as shares of the value concerned."""

    trading: float
    """For what is bought or sold: the cost and the slippage."""
    borrow: float
    """For a row of what is sold short, and of borrowed cash."""


def costs_of(cost: float, slippage: float, borrow: float, periods_per_year: float) -> Costs:
    """Convert basis points, those of ``borrow`` per year."""
    return Costs((cost + slippage) / 10_000, borrow / 10_000 / periods_per_year)


@dataclass(frozen=True)
class Trade:
    """What a row has made of accounts."""

    growth: Array
    """[n]: the equity after by the equity before."""
    weights: Array
    """[n, assets]: the weights after, which have moved with the prices."""
    turnover: Array
    """[n]: the value traded as a share of the equity before."""
    ruined: Array
    """[n]: whether next to nothing is left."""


def trade(weights: Array, targets: Array, returns: Array, costs: Costs) -> Trade:
    """Trade from ``weights`` to ``targets`` at a row, and hold them to the next one.

    ``returns`` [n, assets] are the assets' simple returns from the row to the next.
    """
    turnover = np.abs(targets - weights).sum(axis=1)
    short = np.maximum(-targets, 0.0).sum(axis=1)
    debt = np.maximum(targets.sum(axis=1) - 1.0, 0.0)
    earned = (targets * returns).sum(axis=1)
    left = 1.0 + earned - costs.trading * turnover - costs.borrow * (short + debt)
    ruined = left <= RUIN
    growth = np.where(ruined, RUIN, left)
    after = np.where(ruined[:, None], 0.0, targets * (1.0 + returns) / growth[:, None])
    return Trade(growth, after, turnover, ruined)


def rows_held(held: Array, weights: Array, targets: Array) -> Array:
    """Count the rows since each position last changed its sign, as the next row will see it."""
    return np.where(np.sign(weights) == np.sign(targets), held + 1, 1)
