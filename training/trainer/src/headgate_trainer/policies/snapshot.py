"""The whole state of an algorithm as arrays and plain values, and back.

stable-baselines3's own ``save`` is a zip with weights and, for everything that JSON cannot hold,
pickles: loading one runs code. Here nothing is pickled, and what is taken goes on bit by bit: the
weights, the optimizer, the counters, the environments, the replay buffer, and all random numbers.
"""

import random
from typing import Any

import numpy as np
import torch
from stable_baselines3 import DQN
from stable_baselines3.common.base_class import BaseAlgorithm

from headgate_trainer.network.learning import to_arrays, to_tensors
from headgate_trainer.policies.vector_env import TradingVecEnv
from headgate_trainer.tensors import Arrays

State = tuple[Arrays, dict[str, Any]]
_COUNTERS = ("num_timesteps", "_n_updates", "_episode_num", "_current_progress_remaining")
_OF_DQN = ("_n_calls", "exploration_rate")
_REPLAYED = ("observations", "next_observations", "actions", "rewards", "dones", "timeouts")
_STATISTICS = ("mean", "var", "count")


def take(model: BaseAlgorithm, env: TradingVecEnv) -> State:
    """Take the state. It must be between two rollouts."""
    arrays, facts = env.state()
    legacy: Any = np.random.get_state(legacy=False)
    groups = {
        "env": arrays,
        "policy": to_arrays(model.policy.state_dict()),
        "optimizer": _optimizer(model),
        "last": _last(model),
        "normalize": normalizer(model),
        "replay": _replay(model),
        "random": {"torch": torch.get_rng_state().numpy(), "numpy": legacy["state"]["key"]},
    }
    if torch.cuda.is_available():
        groups["random"]["cuda"] = torch.cuda.get_rng_state().numpy()
    counters = _COUNTERS + (_OF_DQN if isinstance(model, DQN) else ())
    found = {f"{group}/{name}": value for group, of in groups.items() for name, value in of.items()}
    return found, {
        "counters": {name: getattr(model, name) for name in counters},
        "env_random": facts,
        "space_random": model.action_space.np_random.bit_generator.state,
        "numpy": [legacy["state"]["pos"], legacy["has_gauss"], legacy["gauss"]],
        "python": random.getstate(),
    }


def put(model: BaseAlgorithm, env: TradingVecEnv, arrays: Arrays, facts: dict[str, Any]) -> None:
    """Put a state into a model that was made with the same parameters."""
    groups: dict[str, Arrays] = {}
    for path, array in arrays.items():
        group, name = path.split("/", 1)
        groups.setdefault(group, {})[name] = array
    env.load(groups["env"], facts["env_random"])
    model.policy.load_state_dict(to_tensors(groups["policy"]))
    _put_optimizer(model, groups.get("optimizer", {}))
    for name, value in facts["counters"].items():
        setattr(model, name, value)
    _put_last(model, groups["last"])
    _put_normalizer(model, groups.get("normalize", {}))
    _put_replay(model, groups.get("replay", {}))
    torch.set_rng_state(torch.from_numpy(groups["random"]["torch"]))
    if "cuda" in groups["random"] and torch.cuda.is_available():
        torch.cuda.set_rng_state(torch.from_numpy(groups["random"]["cuda"]))
    position, has_gauss, cached = facts["numpy"]
    np.random.set_state(("MT19937", groups["random"]["numpy"], position, has_gauss, cached))
    version, internal, gauss = facts["python"]
    random.setstate((version, tuple(internal), gauss))
    model.action_space.np_random.bit_generator.state = facts["space_random"]


def replay_bytes(model: BaseAlgorithm) -> int:
    """Tell the size of what the replay buffer holds."""
    return sum(array.nbytes for array in _replay(model).values())


def normalizer(model: BaseAlgorithm) -> Arrays:
    """Copy VecNormalize's statistics; empty without it."""
    env = model.get_vec_normalize_env()
    if env is None:
        return {}
    found = {"returns": env.returns.copy(), "old_obs": env.old_obs.copy()}
    for name in ("obs_rms", "ret_rms"):
        if hasattr(env, name):
            for each in _STATISTICS:
                found[f"{name}.{each}"] = np.array(getattr(getattr(env, name), each))
    return found


def _put_normalizer(model: BaseAlgorithm, arrays: Arrays) -> None:
    env = model.get_vec_normalize_env()
    if env is None:
        return
    env.returns, env.old_obs = arrays["returns"].copy(), arrays["old_obs"].copy()
    put_statistics(model, arrays)


def put_statistics(model: BaseAlgorithm, arrays: Arrays) -> None:
    """Put the running means and variances of VecNormalize back."""
    env = model.get_vec_normalize_env()
    for path, array in arrays.items():
        name, _, each = path.partition(".")
        if env is not None and each:
            value = float(array) if each == "count" else array.copy()
            setattr(getattr(env, name), each, value)


def _last(model: BaseAlgorithm) -> Arrays:
    found = {"obs": model._last_obs, "episode_starts": model._last_episode_starts}
    original = getattr(model, "_last_original_obs", None)
    if original is not None:
        found["original_obs"] = original
    return {name: np.array(value) for name, value in found.items()}


def _put_last(model: BaseAlgorithm, arrays: Arrays) -> None:
    for name, array in arrays.items():
        setattr(model, f"_last_{name}", array.copy())


def _optimizer(model: BaseAlgorithm) -> Arrays:
    stored = model.policy.optimizer.state_dict()["state"]
    return to_arrays(
        {
            f"{index}.{name}": torch.as_tensor(value)
            for index, values in stored.items()
            for name, value in values.items()
            if value is not None
        }
    )


def _put_optimizer(model: BaseAlgorithm, arrays: Arrays) -> None:
    state: dict[int, dict[str, torch.Tensor]] = {}
    for path, tensor in to_tensors(arrays).items():
        index, name = path.split(".", 1)
        state.setdefault(int(index), {})[name] = tensor
    groups = model.policy.optimizer.state_dict()["param_groups"]
    model.policy.optimizer.load_state_dict({"state": state, "param_groups": groups})


def _replay(model: BaseAlgorithm) -> Arrays:
    if not isinstance(model, DQN):
        return {}
    buffer = model.replay_buffer
    filled = buffer.buffer_size if buffer.full else buffer.pos
    found = {name: getattr(buffer, name)[:filled] for name in _REPLAYED}
    return found | {"place": np.array([buffer.pos, int(buffer.full)])}


def _put_replay(model: BaseAlgorithm, arrays: Arrays) -> None:
    if not isinstance(model, DQN):
        return
    buffer = model.replay_buffer
    for name in _REPLAYED:
        getattr(buffer, name)[: len(arrays[name])] = arrays[name]
    buffer.pos, buffer.full = int(arrays["place"][0]), bool(arrays["place"][1])
