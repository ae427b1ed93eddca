"""Makes stable-baselines3's algorithms of the parameters. Imports torch."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.utils import LinearSchedule
from stable_baselines3.common.vec_env import VecEnv, VecNormalize
from torch import nn

from headgate_trainer.failure import TrainingError, invalid
from headgate_trainer.policies.algorithm_parameters import Algorithm, algorithm_names

ACTIVATIONS = {"tanh": nn.Tanh, "relu": nn.ReLU, "elu": nn.ELU, "sigmoid": nn.Sigmoid}
WIDE = 256
"""Layers with more units compute faster by several threads."""

Values = Mapping[str, Any]
AfterUpdate = Callable[[BaseAlgorithm], None]


class _Watched(BaseAlgorithm):  # type: ignore[misc]
    """Calls a function after each update, when nothing of a rollout is pending."""

    after_update: AfterUpdate | None = None

    def train(self, *given: Any, **named: Any) -> None:
        super().train(*given, **named)
        if self.after_update is not None:
            self.after_update(self)


class WatchedPpo(_Watched, PPO):  # type: ignore[misc]
    """PPO as it is."""


class WatchedA2c(_Watched, A2C):  # type: ignore[misc]
    """A2C as it is."""


class WatchedDqn(_Watched, DQN):  # type: ignore[misc]
    """DQN as it is."""


_KINDS = {"ppo": WatchedPpo, "a2c": WatchedA2c, "dqn": WatchedDqn}


def build(algorithm: Algorithm, values: Values, env: VecEnv, seed: int) -> BaseAlgorithm:
    """Make the algorithm with its first weights."""
    named = {name: _schedule(values[name]) for name in algorithm_names(algorithm)}
    if algorithm == "dqn":
        # A buffer that never fills up answers the same, whatever its size: the rest is memory.
        most = values["total_timesteps"] + (values["train_freq"] + 1) * env.num_envs
        named["buffer_size"] = min(values["buffer_size"], most)
    return _KINDS[algorithm](
        values["policy"],
        env,
        policy_kwargs=policy_kwargs(values["policy_kwargs"]),
        seed=seed,
        device=device_of(values["device"]),
        **named,
    )


def policy_kwargs(given: Values) -> dict[str, Any]:
    """Read the network's parameters."""
    return {**given, "activation_fn": ACTIVATIONS[given["activation_fn"]]}


def normalized(env: VecEnv, values: Values) -> VecEnv:
    """Wrap the environments in VecNormalize, where it is asked for."""
    given = values["vec_normalize"]
    return env if given is None else VecNormalize(env, gamma=values["gamma"], **given)


def device_of(wanted: str) -> str:
    """Choose the device."""
    found = torch.cuda.is_available()
    if wanted == "cuda" and not found:
        raise TrainingError("failed_precondition", "parameters.device: torch finds no GPU here")
    return "cuda" if found and wanted != "cpu" else "cpu"


def threads_of(values: Values, threads: int) -> int:
    """Take one thread for small networks, whose layers are too small to be divided."""
    sizes = values["policy_kwargs"]["net_arch"]
    widths = [*sizes["pi"], *sizes["vf"]] if isinstance(sizes, dict) else sizes
    return threads if max(widths, default=0) > WIDE else 1


def check_algorithm(algorithm: Algorithm, values: Values) -> None:
    """Refuse what the library would end by an assertion, or would make NaN."""
    if algorithm == "dqn":
        return
    steps = values["n_steps"] * values["environment"]["n_envs"]
    if values["normalize_advantage"]:
        if steps < 2:
            raise invalid(
                "parameters.n_steps: one step an update has no advantage to normalize; take 2 or "
                "more, or more environment.n_envs"
            )
        if algorithm == "ppo" and (values["batch_size"] < 2 or steps % values["batch_size"] == 1):
            raise invalid(
                f"parameters.batch_size: leaves a minibatch of one step of the {steps} of an "
                "update, which has no advantage to normalize"
            )
    if values["use_sde"] and values["environment"]["actions"]["kind"] == "discrete":
        raise invalid("parameters.use_sde: is for continuous actions")


def _schedule(value: Any) -> Any:
    if isinstance(value, dict):
        return LinearSchedule(value["start"], value["end"], value["end_fraction"])
    return value
