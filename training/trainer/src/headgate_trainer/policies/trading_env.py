"""The trading environment for gymnasium. It needs gymnasium and numpy, and nothing of Headgate.

from headgate_trainer.policies.trading_env import TradingEnv

env = TradingEnv(prices, features, {"window": 5, "cost": 2}, rows="train")
observation, _ = env.reset(seed=7)
observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
"""

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from headgate_trainer.failure import invalid
from headgate_trainer.policies.actions import Actions
from headgate_trainer.policies.market import Market
from headgate_trainer.policies.options import environment_options
from headgate_trainer.policies.ranges import NAMES, Range, resolve_ranges
from headgate_trainer.policies.simulation import Simulation
from headgate_trainer.tensors import Array


def action_space_of(actions: Actions) -> spaces.Space[Any]:
    """Make the space of the actions."""
    if actions.targets is not None:
        return spaces.Discrete(actions.count)
    return spaces.Box(actions.low, actions.high, (actions.assets,), np.float32)


def observation_space_of(size: int) -> spaces.Box:
    """Make the space of the observations."""
    return spaces.Box(-np.inf, np.inf, (size,), np.float32)


class TradingEnv(gymnasium.Env[Array, Any]):  # type: ignore[misc]
    """Holds weights of assets row by row, at a cost. An episode begins at a random row.

    ``environment`` has the fields of the trainers' parameter ``environment``; ``rows`` is the name
    of one of its ranges, or a half-open range. With ``whole`` an episode is the whole range.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012 -- gymnasium has it so

    def __init__(
        self,
        prices: Array,
        features: Array | None = None,
        environment: Mapping[str, Any] | None = None,
        *,
        rows: str | Range = "train",
        whole: bool = False,
        market: Market | None = None,
    ) -> None:
        options = environment_options(environment or {})
        self.market = market or Market(prices, features, options)
        chosen = _range_of(options["ranges"], rows, self.market)
        self.simulation = Simulation(self.market, options, chosen, 1, whole=whole)
        self.observation_space = observation_space_of(self.simulation.size)
        self.action_space = action_space_of(self.simulation.actions)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Array, dict[str, Any]]:
        """Begin an episode."""
        super().reset(seed=seed, options=options)
        self.simulation.restart(0, self.np_random)
        return self.simulation.observe()[0], {}

    def step(self, action: Any) -> tuple[Array, float, bool, bool, dict[str, Any]]:
        """Trade at the row, and go on to the next one."""
        step = self.simulation.step(np.asarray(action)[None])
        info = {"growth": float(step.growth[0]), "turnover": float(step.turnover[0])}
        ended = bool(step.terminated[0]), bool(step.truncated[0])
        return self.simulation.observe()[0], float(step.rewards[0]), *ended, info


def _range_of(options: Mapping[str, Any], rows: str | Range, market: Market) -> Range:
    """Find a range by its name, or check one."""
    if not isinstance(rows, str):
        options = {"kind": "rows", "train": rows, "validation": None, "test": None, "embargo": 0}
        rows = "train"
    found = resolve_ranges(options, market.rows, market.first)
    chosen = found.named(rows) if rows in NAMES else None
    if chosen is None:
        raise invalid(f"rows: there is no range {rows}; there are {', '.join(NAMES)}")
    return chosen
