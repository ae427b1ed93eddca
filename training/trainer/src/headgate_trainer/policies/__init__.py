"""The trainers of policies, by stable-baselines3, and the environment that they trade in.

The library is imported by the first fit. ``trading_env`` is usable alone.
"""

from headgate_trainer.policies.trainer import POLICIES
from headgate_trainer.registry import register

register(__name__, POLICIES)
