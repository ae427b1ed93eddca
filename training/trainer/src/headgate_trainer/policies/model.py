"""A trained policy: the library's own answers, and its graph."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from stable_baselines3 import DQN
from stable_baselines3.common.base_class import BaseAlgorithm

from headgate_trainer.graph import FLOAT, Graph
from headgate_trainer.job import Job
from headgate_trainer.policies.graphs import add_policy
from headgate_trainer.policies.layout import METADATA, SUMMARY_METADATA
from headgate_trainer.policies.signature import OBSERVATION, predictions
from headgate_trainer.policies.simulation import Simulation
from headgate_trainer.policies.task import predictor
from headgate_trainer.registry import FittedModel, Tolerance
from headgate_trainer.tensors import Array, Arrays

# Two actions whose values are this close in FP32 have no order of their own.
TIE = 1e-4
PROOF_STEPS = 64


class PolicyModel(FittedModel):
    """Answers observations by stable-baselines3's ``predict``, deterministically."""

    family = "other"
    input_name = OBSERVATION.name
    input_text = OBSERVATION.description

    def __init__(
        self,
        model: BaseAlgorithm,
        simulations: Mapping[str, Simulation],
        activation: str,
    ) -> None:
        self._model, self._simulations = model, simulations
        self._activation = activation
        self.layout: Mapping[str, Any] = {}
        self.summary = ""
        self.actions = simulations["train"].actions
        self._act = predictor(model)
        self.descriptions = {spec.name: spec.description for spec in predictions("dqn")}

    @property
    def tolerance(self) -> Tolerance:
        """The library computes in FP32."""
        return Tolerance(1e-5, absolute=1e-5)

    def predict(self, X: Array) -> Arrays:
        """Answer observations."""
        action = self._act(X)
        weights = self.actions.weights(action).astype(np.float32)
        if self.actions.targets is None:
            return {"action": action.astype(np.float32), "weights": weights}
        found: Arrays = {"action": action.astype(np.int64)}
        if isinstance(self._model, DQN):
            found["q_values"] = self._values(X)
        return found | {"weights": weights}

    def _values(self, X: Array) -> Array:
        """Compute the values of the discrete actions, or their logits."""
        env = self._model.get_vec_normalize_env()
        seen = X if env is None else env.normalize_obs(X)
        policy = self._model.policy
        with torch.no_grad():
            tensor = policy.obs_to_tensor(seen)[0]
            if isinstance(self._model, DQN):
                values = policy.q_net(tensor)
            else:
                values = policy.get_distribution(tensor).distribution.logits
        return np.asarray(values.cpu().numpy())

    def comparable(self, X: Array) -> Array | None:
        """Tell which discrete actions do not depend on the rounding to FP32."""
        if self.actions.targets is None:
            return None
        values = np.sort(self._values(X), axis=1)
        scale = np.maximum(np.abs(values).max(axis=1), 1.0)
        return np.asarray(values[:, -1] - values[:, -2] > TIE * scale)

    def rows(self, job: Job) -> tuple[Array, Array | None]:
        """Collect observations by trading at random; those of the test range are held out."""
        found = [collect(each, job) for each in self._simulations.values()]
        return found[0], found[-1] if len(found) > 1 else None

    def to_onnx(self, rows: Array) -> bytes:
        """Write the graph, with the layout of the observation in its metadata."""
        graph = Graph()
        values = add_policy(graph, self.input_name, self._model, self.actions, self._activation)
        for name, example in self.predict(rows).items():
            graph.output(name, values[name], example, exact=True)
        told = {METADATA: json.dumps(self.layout), SUMMARY_METADATA: self.summary}
        return graph.build(rows.shape[1:], self.input_name, FLOAT, told)


def collect(simulation: Simulation, job: Job) -> Array:
    """Trade at random, and answer all observations."""
    draw = np.random.default_rng(3)
    actions, n = simulation.actions, simulation.n
    for account in range(n):
        simulation.restart(account, draw)
    seen = [simulation.observe()]
    for _ in range(PROOF_STEPS):
        job.check()
        if actions.targets is not None:
            chosen: Array = draw.integers(actions.count, size=n)
        else:
            chosen = draw.uniform(actions.low, actions.high, (n, actions.assets))
        step = simulation.step(chosen.astype(np.float32) if actions.targets is None else chosen)
        for account in np.flatnonzero(step.terminated | step.truncated).tolist():
            simulation.restart(account, draw)
        seen.append(simulation.observe())
    return np.concatenate(seen)
