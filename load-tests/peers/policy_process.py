"""stable-baselines3 alone, as a container runs it: a gymnasium environment a step at a time, and PPO's own loop.

Start: ``python load-tests/peers/policy_process.py`` (the trainers' environment with rl has what it needs). Each line
``{"prices": [...], "steps": n, "n_steps": m, "n_envs": e}`` is answered with ``{"ms": ..., "steps": ...}``.
"""

import json
import sys
import time
from functools import partial
from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv

ROWS, EPISODE, COST = 252, 252, 1e-4
Numbers = NDArray[np.float64]


class Trading(gymnasium.Env[NDArray[np.float32], Any]):
    """The gateway's default environment of one asset, as one writes it: weight, costs, a scaled return."""

    def __init__(self, prices: Numbers) -> None:
        self.observation_space = spaces.Box(-np.inf, np.inf, (4,), np.float32)
        self.action_space = spaces.Box(-1, 1, (1,), np.float32)
        logs = np.diff(np.log(prices), prepend=np.log(prices[0]))
        self._returns = prices[1:] / prices[:-1] - 1
        windows = np.lib.stride_tricks.sliding_window_view(logs, ROWS)
        scaled = (logs[ROWS - 1 :] - windows.mean(axis=1)) / windows.std(axis=1)
        self._seen = np.concatenate([np.zeros(ROWS - 1), np.clip(scaled, -10, 10)])
        self._at, self._end, self._weight, self._held = 0, 0, 0.0, 0

    def _observe(self) -> NDArray[np.float32]:
        seen = (self._seen[self._at], self._weight, 1 - self._weight, np.log1p(self._held))
        return np.array(seen, dtype=np.float32)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Begin at a random day."""
        super().reset(seed=seed, options=options)
        self._at = ROWS + int(self.np_random.integers(len(self._returns) - EPISODE - ROWS))
        self._end, self._weight, self._held = self._at + EPISODE, 0.0, 0
        return self._observe(), {}

    def step(self, action: Any) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Trade, and go on to the next day."""
        target = float(np.clip(action[0], -1, 1))
        day = float(self._returns[self._at])
        growth = 1 + target * day - COST * abs(target - self._weight)
        self._held = self._held + 1 if np.sign(target) == np.sign(self._weight) else 1
        self._weight = target * (1 + day) / growth
        self._at += 1
        return self._observe(), 100 * float(np.log(growth)), False, self._at >= self._end, {}


def main() -> None:
    """Answers each line until the input ends."""
    torch.set_num_threads(1)
    print(json.dumps({"port": 0}), flush=True)
    for line in sys.stdin:
        ask = json.loads(line)
        prices = np.array(ask["prices"])
        began = time.perf_counter()
        env = DummyVecEnv([partial(Trading, prices)] * ask["n_envs"])
        model = PPO("MlpPolicy", env, n_steps=ask["n_steps"], seed=0, device="cpu")
        model.learn(ask["steps"])
        ms = (time.perf_counter() - began) * 1e3
        print(json.dumps({"ms": ms, "steps": model.num_timesteps}), flush=True)


if __name__ == "__main__":
    main()
