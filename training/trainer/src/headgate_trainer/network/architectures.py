"""The networks themselves. Their inputs are standardised, their outputs are logits or values."""

from typing import Any

import torch
from torch import Tensor, nn

ACTIVATIONS = {
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "elu": nn.ELU,
    "sigmoid": nn.Sigmoid,
}


def dense(inputs: int, sizes: list[int], outputs: int, options: dict[str, Any]) -> nn.Sequential:
    """Put linear layers after each other, with activations between them."""
    layers: list[nn.Module] = []
    for size in sizes:
        layers += [nn.Linear(inputs, size), ACTIVATIONS[options["activation"]]()]
        if options["dropout"] > 0:
            layers.append(nn.Dropout(options["dropout"]))
        inputs = size
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


class Perceptron(nn.Module):  # type: ignore[misc]
    """Linear layers: [batch, columns] -> [batch, outputs]."""

    def __init__(self, columns: int, outputs: int, options: dict[str, Any]) -> None:
        super().__init__()
        self.layers = dense(columns, options["hidden_layer_sizes"], outputs, options)

    def forward(self, X: Tensor) -> Tensor:
        """Return logits or values."""
        return self.layers(X)


class Lstm(nn.Module):  # type: ignore[misc]
    """LSTM layers, then linear ones over the last state: [batch, window, columns] -> [batch, k]."""

    def __init__(self, columns: int, outputs: int, options: dict[str, Any]) -> None:
        super().__init__()
        size, layers = options["hidden_size"], options["num_layers"]
        between = options["dropout"] if layers > 1 else 0.0
        self.lstm = nn.LSTM(columns, size, layers, batch_first=True, dropout=between)
        self.layers = dense(size, options["head_layer_sizes"], outputs, options)

    def forward(self, X: Tensor) -> Tensor:
        """Return logits or values."""
        _, (last, _) = self.lstm(X)
        return self.layers(last[-1])


def last_layer(network: Any) -> nn.Linear:
    """Find the layer that answers."""
    layer: nn.Linear = network.layers[-1]
    return layer


def build(columns: int, outputs: int, options: dict[str, Any]) -> nn.Module:
    """Make the network of these options."""
    kind = Lstm if "hidden_size" in options else Perceptron
    return kind(columns, outputs, options)


def make_deterministic(seed: int, threads: int) -> None:
    """Fix the seed, and take algorithms that always add in the same order."""
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False
