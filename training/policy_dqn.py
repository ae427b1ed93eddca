"""Train ``policy-dqn``: a deep Q-network on the trading environment.

``python -m training.policy_dqn``
"""

from typing import cast

import numpy as np
import torch
from stable_baselines3 import DQN
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.dqn.policies import QNetwork
from torch import Tensor, nn

from training import export, policy
from training.trading_env import POSITIONS, Observation, TradingEnv


class GreedyActor(nn.Module):
    """Returns the action of the highest value, and the values."""

    def __init__(self, q_net: QNetwork) -> None:
        super().__init__()
        self.q_net = q_net

    def forward(self, observation: Tensor) -> tuple[Tensor, Tensor]:
        """Map observations [batch, 13] to actions [batch] and values [batch, 3]."""
        values = cast(Tensor, self.q_net(observation))
        return values.argmax(dim=1), values


def learner(env: TradingEnv, network: dict[str, object]) -> DQN:
    """Use a short horizon: a later effect of an action is only the cost of undoing it."""
    return DQN(
        "MlpPolicy",
        env,
        buffer_size=50_000,
        learning_starts=5_000,
        batch_size=128,
        gamma=0.9,
        target_update_interval=2_000,
        exploration_fraction=0.3,
        policy_kwargs=network,
        seed=policy.SEED,
        device="cpu",
    )


def q_net(model: BaseAlgorithm) -> QNetwork:
    """Return the online network, which chooses the actions."""
    assert isinstance(model, DQN)
    return model.q_net


def answers(model: BaseAlgorithm, observation: Observation) -> export.Arrays:
    """Return stable-baselines3's own answers."""
    action, _ = model.predict(observation, deterministic=True)
    with torch.no_grad():
        values = q_net(model)(torch.from_numpy(observation)).numpy()
    return {"action": action.astype(np.int64), "q_values": values}


FAMILY = policy.Family(
    name="policy-dqn",
    description="The position in an equity index until the next close (short, flat or long), by a "
    "deep Q-network.",
    discrete=True,
    learner=learner,
    actor=lambda model: GreedyActor(q_net(model)),
    outputs=[
        export.Tensor(
            "action", "INT64", [], "The position until the next close: 0 short, 1 flat, 2 long."
        ),
        export.Tensor(
            "q_values", "FP32", [len(POSITIONS)], "The discounted reward expected of each action."
        ),
    ],
    answers=answers,
)

if __name__ == "__main__":
    policy.make(FAMILY)
