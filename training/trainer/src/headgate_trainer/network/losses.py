"""The losses, a value for each row, and the scores of a learning curve."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

RowLoss = Callable[[Tensor, Tensor], Tensor]
"""From the network's outputs and the targets to a loss for each row."""


def row_loss(options: dict[str, Any], *, classifier: bool) -> RowLoss:
    """Find the loss of these options."""
    if classifier:
        smoothing = options["label_smoothing"]
        return lambda outputs, y: functional.cross_entropy(
            outputs, y, reduction="none", label_smoothing=smoothing
        )
    delta = options["huber_delta"]
    losses: dict[str, RowLoss] = {
        "squared_error": lambda outputs, y: (outputs - y).square(),
        "absolute_error": lambda outputs, y: (outputs - y).abs(),
        "huber": lambda outputs, y: functional.huber_loss(
            outputs, y, reduction="none", delta=delta
        ),
        # y / m + ln m with m = exp(outputs) is smallest where m is the conditional mean.
        "gamma": lambda outputs, y: y * torch.exp(-outputs) + outputs,
    }
    of = losses[options["loss"]]
    return lambda outputs, y: of(outputs, y).mean(dim=1)


def score(outputs: Tensor, y: Tensor, *, classifier: bool, exponential: bool) -> float:
    """Compute the accuracy, or R² over all columns together."""
    if classifier:
        return float((outputs.argmax(dim=1) == y).double().mean())
    answers = torch.exp(outputs) if exponential else outputs
    total = (y - y.mean(dim=0)).square().sum()
    if total == 0:
        return float("nan")
    return float(1 - (y - answers).square().sum() / total)
