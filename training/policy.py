"""The shared parts of the three ``policy-*`` models: the scaler, training and publishing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.utils import set_random_seed
from torch import Tensor, nn

from training import card, export, torch_model
from training.data import Series, load_nasdaq, load_sp500
from training.dataset import Rows, golden_rows
from training.fixtures import write_fixture
from training.policy_scores import mean_reward, scores, shares
from training.split import TEST, TRAIN, VALIDATION
from training.trading_env import (
    FEATURES,
    OBSERVED,
    POSITIONS,
    Days,
    Observation,
    TradingEnv,
    days_in,
    inputs,
    observe,
)

SEED = 7
STEPS = 100_000


class Standardise(BaseFeaturesExtractor):
    """Standardises the features by the training days; the position is unchanged."""

    def __init__(self, space: spaces.Space[Observation], mean: Series, scale: Series) -> None:
        super().__init__(space, OBSERVED)
        for name, values in (("mean", np.append(mean, 0)), ("scale", np.append(scale, 1))):
            self.register_buffer(name, torch.tensor(values, dtype=torch.float32))

    def forward(self, observation: Tensor) -> Tensor:
        """Map observations [batch, 13] to standardised ones [batch, 13]."""
        mean, scale = self.get_buffer("mean"), self.get_buffer("scale")
        return (observation - mean) / scale


@dataclass(frozen=True)
class Family:
    """The parts that differ between the algorithms."""

    name: str
    description: str
    discrete: bool
    learner: Callable[[TradingEnv, dict[str, object]], BaseAlgorithm]
    actor: Callable[[BaseAlgorithm], nn.Module]  # observations to ``outputs``, with clipped actions
    outputs: Sequence[export.Tensor]
    answers: Callable[[BaseAlgorithm, Observation], export.Arrays]  # the library's own answers


def train(family: Family, markets: Sequence[Days]) -> BaseAlgorithm:
    """Train for ``STEPS`` days, on one thread."""
    X = np.concatenate([days.X for days in markets]).astype(np.float64)
    scaler = {"mean": X.mean(axis=0), "scale": X.std(axis=0)}
    torch_model.be_deterministic(SEED)
    set_random_seed(SEED)
    network = {
        "net_arch": [32, 32],
        "features_extractor_class": Standardise,
        "features_extractor_kwargs": scaler,
    }
    env = TradingEnv(markets, discrete=family.discrete)
    return family.learner(env, network).learn(STEPS)


def walk(family: Family, model: BaseAlgorithm, days: Days) -> tuple[Observation, Series]:
    """Let the policy trade all ``days``; return its observations [m, 13] and positions [m]."""
    seen, positions, position = [], [], 0.0
    for at in range(len(days.X)):
        seen.append(observe(days, at, position))
        action, _ = model.predict(seen[-1], deterministic=True)
        position = POSITIONS[int(action)] if family.discrete else float(action[0])
        positions.append(position)
    return np.stack(seen), np.array(positions)


def observation_table() -> str:
    """Describe the observation as a table."""
    last = f"| {len(FEATURES)} | `position` | what is held now, a share of the capital, -1 to 1 |"
    return card.inputs_table(FEATURES) + "\n" + last


def golden_of_each_action(action: NDArray[np.generic], rows: Rows) -> NDArray[np.intp]:
    """Choose held-out rows: one of each discrete action or the two extremes, and three more."""
    if action.dtype == np.int64:
        _, chosen = np.unique(action, return_index=True)
    else:
        chosen = np.array([action.argmin(), action.argmax()])
    return np.union1d(chosen, golden_rows(rows, 3))


def prove_clipping(
    family: Family, model: BaseAlgorithm, graph: onnx.ModelProto, seen: Observation
) -> None:
    """Check inputs far outside the market too, where a continuous action reaches its bounds."""
    far = seen.copy()
    far[:, :-1] *= np.float32(5)
    want = family.answers(model, far)
    assert (np.abs(want["action"]) == 1).any(), "no action met its bound"
    export.verify(graph.SerializeToString(), {"observation": far}, want, np.arange(5))


def make(family: Family) -> None:
    """Train on the training days of both markets, trade the test days, and publish."""
    sp500, nasdaq = load_sp500(), load_nasdaq()
    train_days = [days_in(TRAIN, bars) for bars in (sp500, nasdaq)]
    unused = [days_in(VALIDATION, bars) for bars in (sp500, nasdaq)]
    test = days_in(TEST, sp500)
    model = train(family, train_days)
    _, practised = walk(family, model, train_days[0])
    seen, positions = walk(family, model, test)
    expected = family.answers(model, seen)
    graph = torch_model.to_onnx(
        family.actor(model),
        [OBSERVED],
        *(output.name for output in family.outputs),
        name="observation",
    )
    if not family.discrete:
        prove_clipping(family, model, graph, seen)
    rows = Rows(test.date, seen, test.next_return)
    at = golden_of_each_action(expected["action"], rows)
    export.publish(
        export.Model(
            name=family.name,
            description=family.description,
            max_batch_size=256,
            inputs=[
                export.Tensor(
                    "observation",
                    "FP32",
                    [OBSERVED],
                    "The 12 features of day t, then the position held.",
                )
            ],
            outputs=list(family.outputs),
            graph=graph,
            made_by=card.versions("stable-baselines3", "torch"),
            card=card.write_up(
                family.name,
                observation=observation_table(),
                split=card.split_table(_joined(train_days), _joined(unused), rows),
                scores=scores(positions, sp500, test),
                shares=shares(positions),
                mean_position=f"{positions.mean():+.2f}",
                train_reward=f"{mean_reward(practised, train_days[0]):+.4f}",
                steps=f"{STEPS:,}",
                versions=card.versions(
                    "stable-baselines3", "gymnasium", "torch", "onnx", "numpy", "pandas", "arch"
                ),
                seed=SEED,
                golden=card.dates(rows, at),
            ),
        ),
        inputs={"observation": seen},
        outputs=expected,
        golden=at,
    )
    write_fixture(family.name, sp500, FEATURES, inputs)


def _joined(parts: Sequence[Days]) -> Rows:
    date, X, y = zip(*((days.date, days.X, days.next_return) for days in parts), strict=True)
    return Rows(np.concatenate(date), np.concatenate(X), np.concatenate(y))
