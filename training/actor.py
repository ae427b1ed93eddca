"""An on-policy network's deterministic action, clipped as ``predict`` clips it."""

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import ActorCriticPolicy
from torch import Tensor, nn

from training import export
from training.trading_env import Observation

ACTION = export.Tensor(
    "action", "FP32", [1], "The position until the next close, clipped to -1 and 1."
)


class BoxActor(nn.Module):
    """The mean of the action's distribution, within the bounds of the action space."""

    def __init__(self, policy: ActorCriticPolicy) -> None:
        super().__init__()
        assert isinstance(policy.action_space, spaces.Box)
        self.policy = policy
        self.low = torch.from_numpy(policy.action_space.low)
        self.high = torch.from_numpy(policy.action_space.high)

    def forward(self, observation: Tensor) -> Tensor:
        """Map observations [batch, 13] to actions [batch, 1]."""
        features = self.policy.pi_features_extractor(observation)
        latent = self.policy.mlp_extractor.forward_actor(features)
        return torch.minimum(torch.maximum(self.policy.action_net(latent), self.low), self.high)


def actor(model: BaseAlgorithm) -> nn.Module:
    """Take the part of an actor-critic that chooses actions."""
    assert isinstance(model.policy, ActorCriticPolicy)
    return BoxActor(model.policy)


def answers(model: BaseAlgorithm, observation: Observation) -> export.Arrays:
    """Return stable-baselines3's own answers."""
    action, _ = model.predict(observation, deterministic=True)
    return {"action": action.astype(np.float32)}
