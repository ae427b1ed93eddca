"""Puts data, network and loss together, trains, and makes the model. Imports torch."""

from typing import Any

import numpy as np
import torch
from torch import nn

from headgate_trainer.fit_inputs import Table
from headgate_trainer.job import Job
from headgate_trainer.network.architectures import build, last_layer, make_deterministic
from headgate_trainer.network.checkpoint import Checkpoint
from headgate_trainer.network.data import Scaler, Targets, class_targets, scaler_of, value_targets
from headgate_trainer.network.learning import Learner, Learning, Rows, device_of
from headgate_trainer.network.losses import row_loss, score
from headgate_trainer.network.model import NetworkModel
from headgate_trainer.tensors import Array, Arrays


def fit_network(
    job: Job, options: dict[str, Any], table: Table, classes: Array | None
) -> NetworkModel:
    """Train a network of these options."""
    classifier = classes is not None
    targets = (
        value_targets(table, options)
        if classes is None
        else class_targets(table, classes, options["class_weight"])
    )
    scaler = scaler_of(table.X, wanted=options["standardize"])
    device = device_of(options)
    make_deterministic(options["random_state"], job.threads)
    network = build(table.X.shape[-1], targets.outputs, options)
    exponential = not classifier and options["loss"] == "gamma"
    if exponential:  # It begins with the mean of y as its answer.
        nn.init.constant_(last_layer(network).bias, float(np.log(targets.y.mean())))
    network.to(device)
    train, held_out = _rows(table, targets, scaler, device, classifier=classifier)
    learning = Learning(
        network,
        row_loss(options, classifier=classifier),
        lambda outputs, y: score(outputs, y, classifier=classifier, exponential=exponential),
        train,
        held_out,
        options,
        device,
    )
    state = Learner(job, learning).run()
    model = NetworkModel(network.cpu().eval(), options, scaler, targets.scaler, classes, table)
    model.attributes = _attributes(network, state, table, classes)
    return model


def _rows(
    table: Table, targets: Targets, scaler: Scaler, device: torch.device, *, classifier: bool
) -> tuple[Rows, Rows | None]:
    kind = torch.long if classifier else torch.float32

    def tensor(values: Array, dtype: torch.dtype) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(device=device, dtype=dtype)

    def rows(X: Array, y: Array, weight: Array) -> Rows:
        return Rows(
            tensor(scaler(X), torch.float32), tensor(y, kind), tensor(weight, torch.float32)
        )

    held_out = None
    if table.X_eval is not None and targets.y_eval is not None:
        held_out = rows(table.X_eval, targets.y_eval, np.ones(len(table.X_eval)))
    return rows(table.X, targets.y, targets.weight), held_out


def _attributes(
    network: nn.Module, state: Checkpoint, table: Table, classes: Array | None
) -> Arrays:
    found: Arrays = {} if classes is None else {"classes": classes}
    found["n_features_in"] = np.array(table.X.shape[-1])
    found["n_parameters"] = np.array(sum(each.numel() for each in network.parameters()))
    found["n_iter"] = np.array(state.epoch)
    for name, curve in state.curves.items():
        found[name] = np.array(curve, dtype=np.float64)
    if state.best_epoch > 0:
        found["best_iteration"] = np.array(state.best_epoch)
        found["best_loss"] = np.array(state.best_loss)
    return found
