"""Lets a policy trade a range once, row by row and without chance, and tells how it did."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from headgate_trainer.policies.account import costs_of, trade
from headgate_trainer.policies.market import Market
from headgate_trainer.policies.ranges import Range
from headgate_trainer.policies.signature import FIGURES
from headgate_trainer.policies.simulation import Simulation
from headgate_trainer.tensors import Array

Act = Callable[[Array], Array]
"""From observations ``[n, size]`` to actions."""


@dataclass(frozen=True)
class Evaluation:
    """What a policy made of a range after costs."""

    growth: Array
    """[steps]: the equity after each row by the equity before."""
    turnover: Array
    """[steps]"""
    mean_reward: float
    periods_per_year: float

    @property
    def equity(self) -> Array:
        """The equity at each row, which begins with 1."""
        return np.concatenate([[1.0], np.cumprod(self.growth)])

    def figures(self) -> dict[str, float]:
        """Tell the figures of the signature, in its order."""
        equity, returns = self.equity, self.growth - 1.0
        deviation = float(returns.std())
        # Rounding is no risk: what does not move has no Sharpe ratio, and 0 stands for it.
        moves = deviation > 1e-12
        sharpe = returns.mean() / deviation * np.sqrt(self.periods_per_year) if moves else 0.0
        values = (
            equity[-1] - 1.0,
            sharpe,
            (1.0 - equity / np.maximum.accumulate(equity)).max(),
            self.turnover.mean() * self.periods_per_year,
        )
        return {name: float(value) for name, value in zip(FIGURES, values, strict=True)}

    def metric(self, name: str) -> float:
        """Tell the metric that states and seeds are chosen by."""
        return self.mean_reward if name == "reward" else self.figures()[name]


def evaluate(
    market: Market,
    options: Mapping[str, Any],
    rows: Range,
    act: Act,
    check: Callable[[], None],
) -> Evaluation:
    """Let the policy trade the whole range."""
    simulation = Simulation(market, options, rows, 1, whole=True)
    growth, turnover, rewards = [], [], []
    while simulation.at[0] < simulation.end[0]:
        check()
        step = simulation.step(act(simulation.observe()))
        growth.append(step.growth[0])
        turnover.append(step.turnover[0])
        rewards.append(step.rewards[0])
        if step.terminated[0]:
            break
    # What is left of a ruined account stays as it is.
    missing = int(simulation.length) - len(growth)
    return Evaluation(
        np.array(growth + [1.0] * missing),
        np.array(turnover + [0.0] * missing),
        float(np.mean(rewards)),
        options["periods_per_year"],
    )


def holding(market: Market, options: Mapping[str, Any], rows: Range) -> Evaluation:
    """Buy equal shares of all assets at the first row, and trade no more."""
    costs = costs_of(
        options["cost"], options["slippage"], options["borrow"], options["periods_per_year"]
    )
    weights = np.zeros((1, market.assets))
    targets = np.full((1, market.assets), 1.0 / market.assets)
    growth, turnover = [], []
    for row in range(rows[0], rows[1] - 1):
        step = trade(weights, targets, market.returns[row : row + 1], costs)
        weights = targets = step.weights
        growth.append(step.growth[0])
        turnover.append(step.turnover[0])
    return Evaluation(np.array(growth), np.array(turnover), 0.0, options["periods_per_year"])


def flat(rows: Range, options: Mapping[str, Any]) -> Evaluation:
    """Hold nothing."""
    steps = rows[1] - 1 - rows[0]
    return Evaluation(np.ones(steps), np.zeros(steps), 0.0, options["periods_per_year"])
