"""The rewards of a row, computed from the growth of the equity. Each keeps a state an account."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np

from headgate_trainer.tensors import Array, Arrays


class Reward(ABC):
    """A reward; ``state`` has what it remembers of each account."""

    state: Arrays

    @abstractmethod
    def restart(self, at: Array) -> None:
        """Forget what was of these accounts, whose episodes begin."""

    @abstractmethod
    def of(self, growth: Array) -> Array:
        """Reward a row, ``[n]`` to ``[n]``."""


class LogReturn(Reward):
    """The logarithm of the growth."""

    def __init__(self, scale: float) -> None:
        self._scale = scale
        self.state = {}

    def restart(self, at: Array) -> None:
        """Forget nothing: nothing is remembered."""

    def of(self, growth: Array) -> Array:
        """Reward a row."""
        return np.asarray(np.log(growth) * self._scale)


class DifferentialSharpe(Reward):
    """How the row moves a running Sharpe ratio (Moody and Saffell, 1998)."""

    def __init__(self, n: int, rate: float, volatility: float, scale: float) -> None:
        self._rate, self._scale = rate, scale
        self._square = volatility**2
        # An account that has been flat for long has no variance left to divide by.
        self._smallest = self._square / 10_000
        self.state = {"mean": np.zeros(n), "square": np.full(n, self._square)}

    def restart(self, at: Array) -> None:
        """Begin with the mean 0 and the given volatility."""
        self.state["mean"][at] = 0.0
        self.state["square"][at] = self._square

    def of(self, growth: Array) -> Array:
        """Reward a row."""
        mean, square = self.state["mean"], self.state["square"]
        value = growth - 1.0
        by_mean, by_square = value - mean, value * value - square
        variance = np.maximum(square - mean * mean, self._smallest)
        moved = (square * by_mean - mean * by_square / 2) / (variance * np.sqrt(variance))
        self.state["mean"] = mean + self._rate * by_mean
        self.state["square"] = square + self._rate * by_square
        return np.asarray(moved * self._scale)


class DrawdownPenalised(Reward):
    """The logarithm of the growth, less what the row adds to the drawdown."""

    def __init__(self, n: int, penalty: float, scale: float) -> None:
        self._penalty, self._scale = penalty, scale
        self.state = {"below_peak": np.ones(n)}

    def restart(self, at: Array) -> None:
        """Begin at the episode's peak."""
        self.state["below_peak"][at] = 1.0

    def of(self, growth: Array) -> Array:
        """Reward a row."""
        before = self.state["below_peak"]
        after = np.minimum(before * growth, 1.0)
        self.state["below_peak"] = after
        deeper = np.maximum(before - after, 0.0)
        return np.asarray((np.log(growth) - self._penalty * deeper) * self._scale)


def reward_of(options: Mapping[str, Any], n: int) -> Reward:
    """Make the reward that the parameter ``reward`` describes, for n accounts."""
    if options["kind"] == "differential_sharpe":
        return DifferentialSharpe(
            n, options["rate"], options["initial_volatility"], options["scale"]
        )
    if options["kind"] == "drawdown_penalised":
        return DrawdownPenalised(n, options["penalty"], options["scale"])
    return LogReturn(options["scale"])
