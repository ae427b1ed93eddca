"""A gymnasium environment: hold a share of the capital in one index, day by day, at a cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from training.data import Bars, Series
from training.dataset import rows_in
from training.features import feature_table, lagged
from training.holding import COST
from training.split import Period

FEATURES = (
    "return_1",
    "return_5",
    "return_21",
    "drawdown_63",
    "log_range_1",
    "log_range_5",
    "log_range_21",
    "log_volatility_5",
    "log_volatility_21",
    "downside_share_21",
    "close_location_1",
    "log_relative_volume_1",
)
OBSERVED = len(FEATURES) + 1  # and the current position
EPISODE_DAYS = 252
RISK_AVERSION = 5.0
POSITIONS = (-1.0, 0.0, 1.0)  # the positions that the discrete actions 0, 1 and 2 stand for

Observation = NDArray[np.float32]


@dataclass(frozen=True)
class Days:
    """m trading days of one market, in order."""

    date: NDArray[np.datetime64]  # [m]
    X: Observation  # [m, 12], known at the day's close
    next_return: Series  # [m], C[t+1] / C[t] - 1


def inputs(bars: Bars) -> NDArray[np.float64]:
    """Lay out the market's part of the observation, [n, 12]."""
    return feature_table(bars, FEATURES)


def days_in(period: Period, bars: Bars) -> Days:
    """Keep the days of ``period`` whose features and next return are known."""

    def next_return(bars: Bars) -> Series:
        today: Series = bars.close / lagged(bars.close, 1) - 1
        return np.append(today[1:], np.nan)

    rows = rows_in(period, [bars], inputs, next_return)
    return Days(rows.date, rows.X, rows.y)


def observe(days: Days, at: int, position: float) -> Observation:
    """Return the observation at the close of day ``at``: 12 features, then the position."""
    return np.append(days.X[at], np.float32(position))


def utility(position: float, target: float, next_return: float) -> float:
    """Return net return less half the risk aversion times its square, in per cent."""
    net = target * next_return - COST * abs(target - position)
    return 100 * (net - RISK_AVERSION / 2 * net**2)


class TradingEnv(gymnasium.Env[Observation, Any]):
    """A year of a market, from a random day, starting without a position.

    An action is the position until the next close, as a share of the capital: a number from -1
    (short) to 1 (long), or one of ``POSITIONS``. The reward is the day's ``utility``.
    """

    def __init__(self, markets: Sequence[Days], *, discrete: bool) -> None:
        self.markets = markets
        self.discrete = discrete
        self.observation_space = spaces.Box(-np.inf, np.inf, (OBSERVED,), np.float32)
        self.action_space = (
            spaces.Discrete(len(POSITIONS)) if discrete else spaces.Box(-1, 1, (1,), np.float32)
        )
        self.days, self.at, self.end, self.position = markets[0], 0, 0, 0.0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Choose a market and a first day."""
        super().reset(seed=seed, options=options)
        self.days = self.markets[int(self.np_random.integers(len(self.markets)))]
        self.at = int(self.np_random.integers(len(self.days.X) - EPISODE_DAYS))
        self.end, self.position = self.at + EPISODE_DAYS, 0.0
        return observe(self.days, self.at, self.position), {}

    def step(self, action: Any) -> tuple[Observation, float, bool, bool, dict[str, Any]]:  # noqa: ANN401
        """Trade at the close, go on to the next close; the year's end truncates the episode."""
        target = POSITIONS[int(action)] if self.discrete else float(np.clip(action[0], -1, 1))
        reward = utility(self.position, target, float(self.days.next_return[self.at]))
        self.at, self.position = self.at + 1, target
        seen = observe(self.days, self.at, self.position)
        return seen, reward, False, self.at == self.end, {}
