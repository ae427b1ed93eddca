"""Steps n accounts through a range of a market at once. The environments are made of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from headgate_trainer.failure import TrainingError
from headgate_trainer.policies.account import costs_of, rows_held, trade
from headgate_trainer.policies.actions import actions_of
from headgate_trainer.policies.market import Market
from headgate_trainer.policies.ranges import Range
from headgate_trainer.policies.rewards import reward_of
from headgate_trainer.tensors import Array, Arrays

REWARD_MAX = float(np.finfo(np.float32).max)
"""Policies are trained in FP32."""


@dataclass(frozen=True)
class Step:
    """What a step has made, a row an account."""

    rewards: Array
    growth: Array
    turnover: Array
    terminated: Array
    """Of ruined accounts."""
    truncated: Array
    """Of accounts whose episode's time is over."""


class Simulation:
    """The state of n accounts, and its steps."""

    def __init__(
        self,
        market: Market,
        options: Mapping[str, Any],
        rows: Range,
        n: int,
        *,
        whole: bool = False,
    ) -> None:
        self.market, self.n = market, n
        self.actions = actions_of(options["actions"], market.assets)
        self._include = options["include"]
        self._costs = costs_of(
            options["cost"], options["slippage"], options["borrow"], options["periods_per_year"]
        )
        self._begin, self._last = rows[0], rows[1] - 1
        steps = self._last - self._begin
        length = options["episode_length"]
        self.length = steps if whole or length is None else min(length, steps)
        self.reward = reward_of(options["reward"], n)
        self.at = np.full(n, self._begin)
        self.end = self.at + self.length
        self.weights = np.zeros((n, market.assets))
        self.held = np.zeros((n, market.assets), dtype=np.int64)

    @property
    def size(self) -> int:
        """The number of numbers of an observation."""
        return self.market.size + len(account_names(self._include, self.market.assets))

    def restart(self, account: int, random: np.random.Generator) -> None:
        """Begin an episode at a random row."""
        starts = self._last - self.length - self._begin + 1
        self.at[account] = self._begin + (int(random.integers(starts)) if starts > 1 else 0)
        self.end[account] = self.at[account] + self.length
        self.weights[account] = 0.0
        self.held[account] = 0
        self.reward.restart(np.array([account]))

    def observe(self) -> Array:
        """Observe the current rows, ``[n, size]`` in FP32."""
        return join_observation(
            self.market.observe(self.at), self.weights, self.held, self._include
        )

    def step(self, actions: Array) -> Step:
        """Trade, and go on to the next row."""
        targets = self.actions.weights(actions)
        done = trade(self.weights, targets, self.market.returns[self.at], self._costs)
        rewards = self.reward.of(done.growth)
        finite = np.abs(rewards) <= REWARD_MAX
        if not finite.all():
            account = int(np.flatnonzero(~finite)[0])
            raise TrainingError(
                "invalid_argument",
                f"parameters.environment.reward: it is {rewards[account]} for the step from row "
                f"{self.at[account]} with the weights {targets[account].tolist()}; take a smaller "
                "scale, or narrower actions",
            )
        self.held = rows_held(self.held, self.weights, targets)
        self.weights = done.weights
        self.at = self.at + 1
        truncated = (self.at >= self.end) & ~done.ruined
        return Step(rewards, done.growth, done.turnover, done.ruined, truncated)

    def state(self) -> Arrays:
        """Copy all that the next step depends on."""
        own = {"at": self.at, "end": self.end, "weights": self.weights, "held": self.held}
        of_reward = {f"reward.{name}": value for name, value in self.reward.state.items()}
        return {name: value.copy() for name, value in (own | of_reward).items()}

    def load(self, state: Arrays) -> None:
        """Put a state back."""
        for name in ("at", "end", "weights", "held"):
            setattr(self, name, state[name].copy())
        for name in self.reward.state:
            self.reward.state[name] = state[f"reward.{name}"].copy()


def account_names(include: list[str], assets: int) -> list[str]:
    """Name the numbers behind the window, in their order."""
    names: list[str] = []
    if "position" in include:
        names += [f"position[{asset}]" for asset in range(assets)]
    if "cash" in include:
        names.append("cash")
    if "time_in_trade" in include:
        names += [f"time_in_trade[{asset}]" for asset in range(assets)]
    return names


def join_observation(window: Array, weights: Array, held: Array, include: list[str]) -> Array:
    """Put the account behind the window, ``[n, size]`` in FP32."""
    parts = [window]
    if "position" in include:
        parts.append(weights)
    if "cash" in include:
        parts.append(1.0 - weights.sum(axis=1, keepdims=True))
    if "time_in_trade" in include:
        parts.append(np.log1p(held))
    return np.concatenate(parts, axis=1, dtype=np.float32, casting="same_kind")
