"""An agent that asks a published policy at each close, and keeps its account itself."""

from __future__ import annotations

import headgate
import numpy as np
from numpy.typing import NDArray

from market import COST, Market

Series = NDArray[np.float64]


class Trader:
    """Holds what the policy says until the next close."""

    def __init__(self, client: headgate.Client, policy: str, market: Market) -> None:
        self._policy = client.policy(policy)
        self._layout = self._policy.layout()
        self._market = market
        self._prices = market.prices.to_numpy()
        self._features = market.features.to_numpy()
        self.weight, self.held = 0.0, 0

    def decide(self, day: int) -> float:
        """What to hold from this close on, as a share of the equity; it has seen no later day."""
        seen = slice(day + 1 - self._layout.history, day + 1)
        observation = self._layout.observe(
            self._prices[seen], self._features[seen], weights=self.weight, held=self.held
        )
        return float(self._layout.weights(self._policy.act(observation)).ravel()[0])

    def trade(self, day: int) -> float:
        """Trade at the close, hold to the next one; the equity there as a share of that before."""
        target = self.decide(day)
        earned = self._prices[day + 1] / self._prices[day] - 1.0
        growth = 1.0 + target * earned - COST / 10_000 * abs(target - self.weight)
        self.held = self.held + 1 if np.sign(target) == np.sign(self.weight) else 1
        self.weight = target * (1.0 + earned) / growth  # it has moved with the price
        return growth


def equity(trader: Trader, days: range) -> tuple[Series, Series]:
    """The equity at each day, which begins with 1, and what was held."""
    growth, held = [], []
    for day in days[:-1]:
        growth.append(trader.trade(day))
        held.append(trader.weight)
    return np.concatenate([[1.0], np.cumprod(growth)]), np.array(held)


def holding(market: Market, days: range) -> Series:
    """The equity of who buys at the first close and keeps it."""
    prices = market.prices.to_numpy()[days.start : days.stop]
    return np.asarray(prices / prices[0] * (1.0 - COST / 10_000))
