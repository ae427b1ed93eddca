"""Trains all seeds, chooses one, and makes the model with its figures. Imports torch."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from headgate_trainer.failure import TrainingError
from headgate_trainer.job import Job
from headgate_trainer.network.architectures import make_deterministic
from headgate_trainer.policies.algorithms import threads_of
from headgate_trainer.policies.checkpoint import Checkpoint, SeedState
from headgate_trainer.policies.evaluation import Evaluation, evaluate, flat, holding
from headgate_trainer.policies.layout import layout_of
from headgate_trainer.policies.learning import CURVES, SeedLearner
from headgate_trainer.policies.model import PolicyModel
from headgate_trainer.policies.ranges import NAMES
from headgate_trainer.policies.signature import FIGURES
from headgate_trainer.policies.simulation import Simulation
from headgate_trainer.policies.snapshot import State
from headgate_trainer.policies.summary import summary_of
from headgate_trainer.policies.task import Task, load_weights, predictor
from headgate_trainer.tensors import Array, Arrays

PROOF_ENVIRONMENTS = 32
EQUITY_VALUES_MAX = 4_000_000
"""Of the seeds' equities on the test range; an answer is one message."""


def fit_policies(job: Job, task: Task, seeds: Sequence[int]) -> PolicyModel:
    """Train a policy with each seed; the best on the validation range is the model."""
    states, resumed = _begin(job, seeds)
    for at, state in enumerate(states):
        if not state.done:
            _train(job, task, states, at, resumed if resumed and not state.done else None)
            resumed = None
    chosen = _chosen(states)
    model = _model(task, states[chosen])
    found = _evaluations(job, task, states)
    model.fit_ms = sum(state.seconds for state in states) * 1000
    model.attributes = _attributes(task, states, chosen, found)
    layout = layout_of(task.market, task.environment, model.actions)
    model.layout = layout
    model.attributes["observation_layout"] = np.array(json.dumps(layout), dtype=object)
    summary = summary_of(task.algorithm, task.values, states, chosen, found)
    model.summary = summary
    model.attributes["summary"] = np.array(summary, dtype=object)
    print(summary, flush=True)
    return model


def _begin(job: Job, seeds: Sequence[int]) -> tuple[list[SeedState], State | None]:
    if job.checkpoint_state is None:
        return [SeedState(seed) for seed in seeds], None
    try:
        found = Checkpoint.from_bytes(job.checkpoint_state)
    except ValueError as error:
        raise TrainingError(
            "failed_precondition", f"the training cannot go on from its checkpoint: {error}"
        ) from error
    if [state.seed for state in found.seeds] != list(seeds):
        raise TrainingError(
            "failed_precondition", "the training cannot go on from the checkpoint of other seeds"
        )
    return found.seeds, (found.arrays, found.facts)


def _train(job: Job, task: Task, states: list[SeedState], at: int, resumed: State | None) -> None:
    total = task.values["total_timesteps"]

    def report(state: SeedState, values: dict[str, float]) -> None:
        done = sum(min(each.timesteps, total) for each in states)
        job.progress(
            iteration=sum(each.timesteps for each in states),
            share_done=min(1.0, done / (total * len(states))),
            loss=values.get("loss"),
            score=values.get("validation"),
            figures={name: values[name] for name in ("reward", "entropy") if name in values},
        )
        if "validation" in values:
            told = ", ".join(f"{name} {value:.6g}" for name, value in values.items())
            print(f"seed {state.seed}: {told}", flush=True)

    def save(taken: State) -> None:
        job.checkpoint(Checkpoint(states, *taken).to_bytes())

    make_deterministic(states[at].seed, threads_of(task.values, job.threads))
    SeedLearner(job, task, states[at], report, save).run(resumed)


def _chosen(states: Sequence[SeedState]) -> int:
    scores = [float("-inf") if state.score is None else state.score for state in states]
    return int(np.argmax(scores))


def _model(task: Task, state: SeedState) -> PolicyModel:
    library, _ = task.model(state.seed)
    load_weights(library, state.best)
    simulations = {
        name: Simulation(task.market, task.environment, rows, PROOF_ENVIRONMENTS)
        for name in NAMES
        if (rows := task.ranges.named(name)) is not None
    }
    return PolicyModel(library, simulations, task.values["policy_kwargs"]["activation_fn"])


def _evaluations(
    job: Job, task: Task, states: Sequence[SeedState]
) -> dict[str, dict[str, list[Evaluation]]]:
    found: dict[str, dict[str, list[Evaluation]]] = {}
    market, options = task.market, task.environment
    for name in ("validation", "test"):
        rows = task.ranges.named(name)
        if rows is None:
            continue
        seeds = []
        for state in states:
            library, _ = task.model(state.seed)
            load_weights(library, state.best)
            seeds.append(evaluate(market, options, rows, predictor(library), job.check))
        found[name] = {
            "seeds": seeds,
            "holding": [holding(market, options, rows)],
            "flat": [flat(rows, options)],
        }
    return found


def _attributes(
    task: Task,
    states: Sequence[SeedState],
    chosen: int,
    found: Mapping[str, Mapping[str, Sequence[Evaluation]]],
) -> Arrays:
    seconds = sum(state.seconds for state in states)
    steps = sum(state.timesteps for state in states)
    ranges = [task.ranges.named(name) or (0, 0) for name in NAMES]
    attributes: Arrays = {
        "seeds": np.array([state.seed for state in states]),
        "chosen_seed": np.array(states[chosen].seed),
        "timesteps": np.array([state.timesteps for state in states]),
        "best_timesteps": np.array([state.best_timesteps for state in states]),
        "steps_per_second": np.array(steps / max(seconds, 1e-9)),
        "ranges": np.array(ranges, dtype=np.int32),
    }
    for name in CURVES:
        if (curve := _curve(states, name)) is not None:
            attributes[f"{name}_curve"] = curve
    for name, of_range in found.items():
        seeds = [each.figures() for each in of_range["seeds"]]
        for figure in FIGURES:
            attributes[f"{name}_{figure}"] = np.array([each[figure] for each in seeds])
        for other in ("holding", "flat"):
            values = of_range[other][0].figures()
            attributes[f"{name}_{other}"] = np.array(list(values.values()))
        metric = of_range["seeds"][chosen].metric(task.values["eval_metric"])
        attributes[f"{name}_score"] = np.array(metric)
    if "test" in found:
        equities = [each.equity for each in found["test"]["seeds"]]
        if sum(len(each) for each in equities) <= EQUITY_VALUES_MAX:
            attributes["test_equity"] = np.stack(equities)
        attributes["test_holding_equity"] = found["test"]["holding"][0].equity
    return attributes


def _curve(states: Sequence[SeedState], name: str) -> Array | None:
    """Put the seeds' curves into rows, NaN behind the shorter ones; None where nothing is known."""
    points = max(len(state.curves[name]) for state in states)
    curve = np.full((len(states), points), np.nan)
    for row, state in zip(curve, states, strict=True):
        given: list[Any] = state.curves[name]
        row[: len(given)] = [np.nan if value is None else value for value in given]
    return None if np.isnan(curve).all() and name in ("entropy", "validation") else curve
