"""The trading environment for stable-baselines3, all copies of it stepped by numpy at once."""

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium.utils import seeding
from stable_baselines3.common.vec_env import VecEnv

from headgate_trainer.policies.market import Market
from headgate_trainer.policies.ranges import Range
from headgate_trainer.policies.simulation import Simulation
from headgate_trainer.policies.trading_env import action_space_of, observation_space_of
from headgate_trainer.tensors import Array, Arrays


class TradingVecEnv(VecEnv):  # type: ignore[misc]
    """Equal, digit by digit, to a ``DummyVecEnv`` of ``TradingEnv`` (a test holds it)."""

    def __init__(
        self, market: Market, options: Mapping[str, Any], rows: Range, n: int, seed: int
    ) -> None:
        self.simulation = Simulation(market, options, rows, n)
        self.render_mode = None
        observations = observation_space_of(self.simulation.size)
        super().__init__(n, observations, action_space_of(self.simulation.actions))
        self.random = [seeding.np_random(seed + account)[0] for account in range(n)]
        self._rewards, self._lengths = np.zeros(n), np.zeros(n, dtype=np.int64)
        self._actions = np.zeros(0)
        self._drained = [0.0, 0]

    def reset(self) -> Array:
        """Begin an episode of each account."""
        for account, given in enumerate(self._seeds):
            if given is not None:
                self.random[account] = seeding.np_random(given)[0]
            self.simulation.restart(account, self.random[account])
        self._reset_seeds()
        self._reset_options()
        self._rewards[:], self._lengths[:] = 0.0, 0
        return self.simulation.observe()

    def step_async(self, actions: Array) -> None:
        """Take the actions."""
        self._actions = actions

    def step_wait(self) -> tuple[Array, Array, Array, list[dict[str, Any]]]:
        """Step all accounts; those whose episode ends begin the next one."""
        simulation = self.simulation
        step = simulation.step(self._actions)
        self._rewards += step.rewards
        self._lengths += 1
        self._drained = [
            self._drained[0] + float(step.rewards.sum()),
            self._drained[1] + self.num_envs,
        ]
        dones = step.terminated | step.truncated
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        observations = simulation.observe()
        if dones.any():
            ended = np.flatnonzero(dones)
            for account in ended.tolist():
                infos[account] = {
                    "TimeLimit.truncated": bool(step.truncated[account]),
                    "terminal_observation": observations[account],
                    "episode": self._episode(account),
                }
                simulation.restart(account, self.random[account])
            observations = simulation.observe()
            self._rewards[ended], self._lengths[ended] = 0.0, 0
        return observations, step.rewards.astype(np.float32), dones, infos

    def drain(self) -> tuple[float, int]:
        """Answer the sum of the rewards and the number of steps since the last call."""
        rewards, steps = self._drained
        self._drained = [0.0, 0]
        return rewards, int(steps)

    def _episode(self, account: int) -> dict[str, float]:
        """Tell an ended episode as stable-baselines3's Monitor does."""
        return {"r": float(self._rewards[account]), "l": int(self._lengths[account])}

    def state(self) -> tuple[Arrays, list[dict[str, Any]]]:
        """Copy the accounts, and the states of their random numbers."""
        own = {"rewards": self._rewards.copy(), "lengths": self._lengths.copy()}
        return self.simulation.state() | own, [
            dict(each.bit_generator.state) for each in self.random
        ]

    def load(self, state: Arrays, random: list[dict[str, Any]]) -> None:
        """Put a state back."""
        self.simulation.load(state)
        self._rewards, self._lengths = state["rewards"].copy(), state["lengths"].copy()
        for each, stored in zip(self.random, random, strict=True):
            each.bit_generator.state = stored

    def close(self) -> None:
        """Hold nothing."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Answer an attribute of the copies, which are all the same object."""
        return [getattr(self, attr_name) for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Refuse: the copies have no attributes of their own."""
        raise NotImplementedError(f"{attr_name} is not of one environment alone")

    def env_method(
        self, method_name: str, *args: Any, indices: Any = None, **more: Any
    ) -> list[Any]:
        """Refuse: the copies have no methods of their own."""
        raise NotImplementedError(f"{method_name} is not of one environment alone")

    def env_is_wrapped(
        self, wrapper_class: type[gymnasium.Wrapper[Any, Any, Any, Any]], indices: Any = None
    ) -> list[bool]:
        """Nothing wraps a copy, but each tells its episodes as a Monitor does."""
        from stable_baselines3.common.monitor import Monitor

        return [wrapper_class is Monitor for _ in self._get_indices(indices)]
