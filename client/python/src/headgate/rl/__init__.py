"""Trading policies that the gateway trains: `PPO("MlpPolicy", env=TradingEnvironment(prices)).learn(1_000)`.

The interface is stable-baselines3's. Neither it nor torch is imported, or needed on this machine.
"""

from __future__ import annotations

from ..policy_layout import PolicyLayout
from .algorithm import A2C, DQN, PPO, Algorithm
from .environment import TradingEnvironment

__all__ = ["A2C", "DQN", "PPO", "Algorithm", "PolicyLayout", "TradingEnvironment"]
