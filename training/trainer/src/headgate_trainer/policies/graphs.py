"""The nodes of a policy: VecNormalize's statistics, the network in FP64, the action's bounds.

The library computes its network in FP32 and VecNormalize in FP64, rounded to FP32. The graph does
the second as it is, and the first in FP64, which is nearer to the library than FP32 in another
order would be.
"""

import copy
from typing import Any

import numpy as np
from stable_baselines3 import DQN
from stable_baselines3.common.base_class import BaseAlgorithm

from headgate_trainer.graph import DOUBLE, FLOAT, Graph
from headgate_trainer.network.graphs import add_dense
from headgate_trainer.policies.actions import Actions


def add_policy(
    graph: Graph, x: str, model: BaseAlgorithm, actions: Actions, activation: str
) -> dict[str, str]:
    """Add a policy's deterministic answer to observations in ``x``."""
    value = graph.cast(_normalized(graph, graph.cast(x, DOUBLE), model), DOUBLE)
    value = add_dense(graph, value, layers_of(model), activation)
    if actions.targets is None:
        return _continuous(graph, value, actions)
    chosen = graph.first_largest(value)
    found = {"action": chosen}
    if isinstance(model, DQN):
        found["q_values"] = graph.cast(value, FLOAT)
    return found | {"weights": graph.pick(actions.targets.astype(np.float32), chosen)}


def layers_of(model: BaseAlgorithm) -> list[Any]:
    """Copy the layers that answer, in FP64."""
    policy = model.policy
    if isinstance(model, DQN):
        layers = [*policy.q_net.q_net]
    else:
        layers = [*policy.mlp_extractor.policy_net, policy.action_net]
    return [copy.deepcopy(layer).cpu().double() for layer in layers]


def _normalized(graph: Graph, value: str, model: BaseAlgorithm) -> str:
    env = model.get_vec_normalize_env()
    if env is None or not env.norm_obs:
        return value
    deviation = np.sqrt(env.obs_rms.var + env.epsilon)
    centred = graph.node("Sub", value, graph.constant(env.obs_rms.mean.astype(np.float64)))
    scaled = graph.node("Div", centred, graph.constant(deviation.astype(np.float64)))
    return graph.cast(_clipped(graph, scaled, -env.clip_obs, env.clip_obs), FLOAT)


def _continuous(graph: Graph, value: str, actions: Actions) -> dict[str, str]:
    # The bounds of the library's space are FP32.
    low, high = (float(np.float32(bound)) for bound in (actions.low, actions.high))
    action = graph.cast(_clipped(graph, value, low, high), FLOAT)
    weights = _clipped(graph, graph.cast(action, DOUBLE), actions.low, actions.high)
    if actions.gross_limit is not None:
        size = graph.node("Abs", weights)
        gross = graph.node("ReduceSum", size, graph.constant(np.array([1])), keepdims=1)
        limit = graph.constant(np.array(actions.gross_limit))
        share = graph.node("Div", limit, graph.node("Max", gross, limit))
        weights = graph.node("Mul", weights, share)
    return {"action": action, "weights": graph.cast(weights, FLOAT)}


def _clipped(graph: Graph, value: str, low: float, high: float) -> str:
    above = graph.node("Max", value, graph.constant(np.array(low)))
    return graph.node("Min", above, graph.constant(np.array(high)))
