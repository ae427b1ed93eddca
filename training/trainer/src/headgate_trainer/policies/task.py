"""What is trained, and what is read from the library's algorithms. Imports torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm

from headgate_trainer.network.learning import to_arrays
from headgate_trainer.policies import snapshot
from headgate_trainer.policies.algorithm_parameters import Algorithm
from headgate_trainer.policies.algorithms import build, normalized
from headgate_trainer.policies.divergence import named_divergence
from headgate_trainer.policies.evaluation import Act
from headgate_trainer.policies.market import Market
from headgate_trainer.policies.ranges import Ranges
from headgate_trainer.policies.vector_env import TradingVecEnv
from headgate_trainer.tensors import Array, Arrays


@dataclass(frozen=True)
class Task:
    """What is trained."""

    algorithm: Algorithm
    values: Mapping[str, Any]
    market: Market
    ranges: Ranges

    @property
    def environment(self) -> Mapping[str, Any]:
        """The environment's parameters."""
        options: Mapping[str, Any] = self.values["environment"]
        return options

    def vector_env(self, seed: int) -> TradingVecEnv:
        """Make the training environments."""
        n = self.environment["n_envs"]
        return TradingVecEnv(self.market, self.environment, self.ranges.train, n, seed)

    def model(self, seed: int) -> tuple[BaseAlgorithm, TradingVecEnv]:
        """Make the algorithm with its first weights, and its environments."""
        env = self.vector_env(seed)
        return build(self.algorithm, self.values, normalized(env, self.values), seed), env


def predictor(model: BaseAlgorithm) -> Act:
    """Answer observations as they come, by the library's own ``predict``."""
    normalize = model.get_vec_normalize_env()

    def act(observations: Array) -> Array:
        seen = observations if normalize is None else normalize.normalize_obs(observations)
        with named_divergence():
            return np.asarray(model.predict(seen, deterministic=True)[0])

    return act


def weights_of(model: BaseAlgorithm) -> Arrays:
    """Copy what a policy answers by."""
    found = {f"policy/{name}": each for name, each in to_arrays(model.policy.state_dict()).items()}
    kept = snapshot.normalizer(model)
    statistics = {name: kept[name] for name in kept if name.startswith("obs_rms.")}
    return found | {f"normalize/{name}": array for name, array in statistics.items()}


def load_weights(model: BaseAlgorithm, weights: Arrays) -> None:
    """Put such weights into a model."""
    groups: dict[str, Arrays] = {"policy": {}, "normalize": {}}
    for path, array in weights.items():
        group, name = path.split("/", 1)
        groups[group][name] = array
    tensors = {name: torch.from_numpy(array) for name, array in groups["policy"].items()}
    model.policy.load_state_dict(tensors)
    snapshot.put_statistics(model, groups["normalize"])


def losses_of(model: BaseAlgorithm) -> dict[str, float]:
    """Read the loss and the entropy of the last update from the library's own log."""
    found = model.logger.name_to_value
    losses: dict[str, float] = {}
    if "train/loss" in found:
        losses["loss"] = float(found["train/loss"])
    elif "train/policy_loss" in found:  # A2C tells its parts.
        entropy = model.ent_coef * found["train/entropy_loss"]
        value = model.vf_coef * found["train/value_loss"]
        losses["loss"] = float(found["train/policy_loss"] + entropy + value)
    if "train/entropy_loss" in found:
        losses["entropy"] = -float(found["train/entropy_loss"])
    return losses
