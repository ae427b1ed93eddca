"""The training loop: epochs of minibatches, the eval set after each, now and then a checkpoint."""

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from headgate_trainer.failure import TrainingError, invalid
from headgate_trainer.job import Job
from headgate_trainer.network.checkpoint import Checkpoint
from headgate_trainer.network.losses import RowLoss
from headgate_trainer.tensors import Arrays

CHECKPOINT_SECONDS = 5.0
EVAL_ROWS = 8192


@dataclass(frozen=True)
class Rows:
    """Standardised rows with their targets and weights, on the device."""

    X: Tensor
    y: Tensor
    weight: Tensor


@dataclass(frozen=True)
class Learning:
    """What is minimised, on what, and how far."""

    network: nn.Module
    loss: RowLoss
    score: Callable[[Tensor, Tensor], float]
    train: Rows
    held_out: Rows | None
    options: dict[str, Any]
    device: torch.device


class Learner:
    """Trains a network; ``state`` is what has become of it."""

    def __init__(self, job: Job, learning: Learning) -> None:
        self._job, self._learning = job, learning
        self._optimizer = optimizer_of(learning.network, learning.options)
        self._order = torch.Generator().manual_seed(learning.options["random_state"])
        names = ["loss_curve", *(["eval_loss_curve"] if learning.held_out else [])]
        self.state = Checkpoint(0, {}, {}, {}, {}, {name: [] for name in names})
        self._saved = time.monotonic()
        self._resume()

    def run(self) -> Checkpoint:
        """Train, and leave the chosen weights in the network."""
        options, state = self._learning.options, self.state
        epochs = options["epochs"]
        while state.epoch < epochs and not self._has_stalled():
            loss = self._epoch()
            state.epoch += 1
            state.curves["loss_curve"].append(loss)
            if not math.isfinite(loss):
                raise invalid(
                    f"parameters.learning_rate: the loss is {loss} after epoch {state.epoch}; "
                    "take a smaller learning rate, or set clip_grad_norm"
                )
            score = self._evaluate()
            share = state.epoch / epochs
            self._job.progress(iteration=state.epoch, share_done=share, loss=loss, score=score)
            self._save()
        if options["keep_best"] and self._learning.held_out is not None and state.best_weights:
            self._learning.network.load_state_dict(to_tensors(state.best_weights))
        return state

    def _epoch(self) -> float:
        learning = self._learning
        rows, network = learning.train, learning.network
        network.train()
        total, weight = 0.0, 0.0
        batches = torch.randperm(len(rows.X), generator=self._order)
        for batch in batches.split(learning.options["batch_size"]):
            self._job.check()
            at = batch.to(learning.device)
            self._optimizer.zero_grad()
            weights = rows.weight[at]
            of_batch = weights.sum()
            if of_batch == 0:
                continue
            loss = (learning.loss(network(rows.X[at]), rows.y[at]) * weights).sum() / of_batch
            loss.backward()
            if learning.options["clip_grad_norm"] is not None:
                nn.utils.clip_grad_norm_(network.parameters(), learning.options["clip_grad_norm"])
            self._optimizer.step()
            total += float(loss.detach()) * float(of_batch)
            weight += float(of_batch)
        return total / weight

    def _evaluate(self) -> float | None:
        learning, state = self._learning, self.state
        rows = learning.held_out
        if rows is None:
            return None
        learning.network.eval()
        with torch.no_grad():
            outputs = torch.cat([learning.network(part) for part in rows.X.split(EVAL_ROWS)])
            loss = float(learning.loss(outputs, rows.y).mean())
        state.curves["eval_loss_curve"].append(loss)
        if loss < state.best_loss:
            state.best_loss, state.best_epoch = loss, state.epoch
            state.best_weights = to_arrays(learning.network.state_dict())
        return learning.score(outputs, rows.y)

    def _has_stalled(self) -> bool:
        patience, state = self._learning.options["patience"], self.state
        return patience is not None and state.epoch - state.best_epoch >= patience

    def _save(self) -> None:
        """Send a checkpoint every few seconds, after an epoch."""
        now = time.monotonic()
        if now - self._saved < CHECKPOINT_SECONDS:
            return
        self._saved = now
        self._job.checkpoint(self.snapshot().to_bytes())

    def snapshot(self) -> Checkpoint:
        """Take the whole state: the weights, the optimizer's, and those of the random numbers."""
        state = self.state
        state.weights = to_arrays(self._learning.network.state_dict())
        stored = self._optimizer.state_dict()["state"]
        state.optimizer = to_arrays(
            {
                f"{index}.{name}": torch.as_tensor(value)
                for index, values in stored.items()
                for name, value in values.items()
                if value is not None
            }
        )
        state.random = {
            "order": self._order.get_state().numpy(),
            "cpu": torch.get_rng_state().numpy(),
        }
        if self._learning.device.type == "cuda":
            state.random["cuda"] = torch.cuda.get_rng_state().numpy()
        return state

    def _resume(self) -> None:
        given = self._job.checkpoint_state
        if given is None:
            return
        try:
            state = Checkpoint.from_bytes(given)
            self._learning.network.load_state_dict(to_tensors(state.weights))
            self._load_optimizer(state.optimizer)
        except (ValueError, RuntimeError, KeyError) as error:
            raise TrainingError(
                "failed_precondition", f"the training cannot go on from its checkpoint: {error}"
            ) from error
        self._order.set_state(torch.from_numpy(state.random["order"]))
        torch.set_rng_state(torch.from_numpy(state.random["cpu"]))
        if "cuda" in state.random and self._learning.device.type == "cuda":
            torch.cuda.set_rng_state(torch.from_numpy(state.random["cuda"]))
        self.state = state

    def _load_optimizer(self, arrays: Arrays) -> None:
        state: dict[int, dict[str, Tensor]] = {}
        for path, tensor in to_tensors(arrays).items():
            index, name = path.split(".", 1)
            state.setdefault(int(index), {})[name] = tensor
        groups = self._optimizer.state_dict()["param_groups"]
        self._optimizer.load_state_dict({"state": state, "param_groups": groups})


def optimizer_of(network: nn.Module, options: dict[str, Any]) -> torch.optim.Optimizer:
    """Make the optimizer of these options."""
    common = {"lr": options["learning_rate"], "weight_decay": options["weight_decay"]}
    if options["optimizer"] == "sgd":
        return torch.optim.SGD(network.parameters(), momentum=options["momentum"], **common)
    kind = torch.optim.AdamW if options["optimizer"] == "adamw" else torch.optim.Adam
    return kind(network.parameters(), **common)


def device_of(options: dict[str, Any]) -> torch.device:
    """Choose the device."""
    # Without it CUDA's matrix products may add in another order each time.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    found = torch.cuda.is_available()
    if options["device"] == "cuda" and not found:
        raise TrainingError("failed_precondition", "parameters.device: torch finds no GPU here")
    return torch.device("cuda" if found and options["device"] != "cpu" else "cpu")


def to_arrays(tensors: Any) -> Arrays:
    """Copy tensors into arrays."""
    return {name: value.detach().cpu().numpy().copy() for name, value in tensors.items()}


def to_tensors(arrays: Arrays) -> dict[str, Tensor]:
    """Make tensors of arrays."""
    return {name: torch.from_numpy(array) for name, array in arrays.items()}
