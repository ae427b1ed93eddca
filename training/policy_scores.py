"""Scores a policy's positions on unseen days, beside strategies that need no policy."""

import numpy as np

from training import card
from training.data import Bars, Series
from training.holding import HEADER, held
from training.trading_env import FEATURES, Days, utility

# The daily volatility up to which the volatility target holds a full position.
USUAL_VOLATILITY = 0.01
LOG_VOLATILITY_21 = FEATURES.index("log_volatility_21")


def mean_reward(positions: Series, days: Days) -> float:
    """Average ``utility`` over the days."""
    before = np.append(0.0, positions[:-1])
    steps = zip(before, positions, days.next_return, strict=True)
    return float(np.mean([utility(*step) for step in steps]))


def scores(positions: Series, bars: Bars, days: Days) -> str:
    """Compare with strategies that need no policy, on the same days and at the same cost."""
    volatility = np.exp(days.X[:, LOG_VOLATILITY_21].astype(np.float64))

    def line(name: str, position: Series) -> tuple[str, ...]:
        reward = f"{mean_reward(position, days):+.4f}"
        return *held(position, bars, days.date).line(name), reward

    full = np.ones(len(positions))
    rows = [
        line("**this policy**", positions),
        line("buy and hold", full),
        line("always its mean position", full * positions.mean()),
        line("long, less when volatile", np.minimum(1, USUAL_VOLATILITY / volatility)),
        line("always flat", 0 * full),
    ]
    return card.table((*HEADER, "reward a day"), rows)


def shares(positions: Series) -> str:
    """Compute the shares of days in each position."""
    parts = [("short", positions < -0.1), ("near flat", abs(positions) <= 0.1)]
    parts.append(("long", positions > 0.1))
    return ", ".join(f"{name} {part.mean():.0%}" for name, part in parts)
