"""The shared parts of the torch models: determinism, early stopping, and the ONNX export."""

import copy
import warnings
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

OPSET = 17
Loss = Callable[[Tensor, Tensor], Tensor]  # from the model's output and the labels to a scalar


def be_deterministic(seed: int) -> None:
    """Fix the seed, and use one thread, so that sums are always added in the same order."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)


def fit(
    model: nn.Module,
    loss: Loss,
    train: tuple[Tensor, Tensor],
    validation: tuple[Tensor, Tensor],
    *,
    epochs: int,
    learning_rate: float,
    weight_decay: float,
    batch_size: int = 128,
) -> int:
    """Train in place with AdamW, keep the weights of the best validation loss, return its epoch."""
    X, y = train
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate, weight_decay=weight_decay)
    best_loss, best_epoch, best_state = float("inf"), 0, copy.deepcopy(model.state_dict())
    for epoch in range(1, epochs + 1):
        for batch in torch.randperm(len(X)).split(batch_size):
            optimizer.zero_grad()
            loss(model(X[batch]), y[batch]).backward()
            optimizer.step()
        now = evaluate(model, loss, validation)
        if now < best_loss:
            best_loss, best_epoch, best_state = now, epoch, copy.deepcopy(model.state_dict())
    model.load_state_dict(best_state)
    return best_epoch


def evaluate(model: nn.Module, loss: Loss, rows: tuple[Tensor, Tensor]) -> float:
    """Compute the loss over all rows at once."""
    with torch.no_grad():
        return float(loss(model(rows[0]), rows[1]))


def predict(model: nn.Module, X: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the torch model's own answers: [m, ...] -> [m, k]."""
    with torch.no_grad():
        out: NDArray[np.float32] = model(torch.from_numpy(X)).numpy()
    return out


def to_onnx(model: nn.Module, dims: list[int], *outputs: str, name: str = "X") -> onnx.ModelProto:
    """Export with the input ``name`` [batch, *dims] and ``outputs`` [batch, ...].

    The TorchScript exporter writes one LSTM node; the newer one needs another package for it.
    """
    with warnings.catch_warnings(), TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        # Deprecation warnings, and those on the batch size, which export.py checks.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model.eval(),
            (torch.zeros(2, *dims),),
            path,
            dynamo=False,
            opset_version=OPSET,
            input_names=[name],
            output_names=list(outputs),
            dynamic_axes={tensor: {0: "batch"} for tensor in (name, *outputs)},
        )
        return onnx.load_model(path)
