"""The parameters of the networks: the architecture, the loss, and how it is minimised."""

from typing import Any

from headgate_trainer.boosting.kinds import (
    BOOLEAN,
    NOT_NEGATIVE,
    POSITIVE,
    integer,
    one_of,
    parameter,
)
from headgate_trainer.parameters import Constraint, Parameter

ACTIVATIONS = ("tanh", "relu", "gelu", "silu", "elu", "sigmoid")
REGRESSION_LOSSES = ("squared_error", "absolute_error", "huber", "gamma")
_SHARE: Constraint = {"type": "number", "minimum": 0, "exclusiveMaximum": 1}
_SIZES: Constraint = {"type": "list", "items": (integer(1, 8192),), "lengthMax": 16}
_CLASS_WEIGHTS: Constraint = {"type": "map", "values": (NOT_NEGATIVE,), "lengthMax": 1024}

# fmt: off
_MLP: list[Any] = [
    ("hidden_layer_sizes", [32, 16], "The number of units of each hidden layer.", _SIZES),
    ("activation", "tanh", "The function after each hidden layer; tanh keeps answers finite for every input.", one_of(*ACTIVATIONS)),
    ("dropout", 0.0, "The probability with which each unit of a hidden layer is left out of a training step.", _SHARE),
]
_LSTM: list[Any] = [
    ("hidden_size", 16, "The number of units of each LSTM layer.", integer(1, 4096)),
    ("num_layers", 1, "The number of LSTM layers, each over the outputs of the one before.", integer(1, 8)),
    ("head_layer_sizes", [], "The number of units of each hidden layer between the last state and the answer.", _SIZES),
    ("activation", "tanh", "The function after each hidden layer of the head.", one_of(*ACTIVATIONS)),
    ("dropout", 0.0, "The probability with which each output of an LSTM layer, or unit of the head, is left out of a training step.", _SHARE),
]
_CLASSIFICATION: list[Any] = [
    ("class_weight", None, "The weights of the classes by their names, or balanced for weights inversely proportional to their frequencies.", one_of("balanced"), _CLASS_WEIGHTS),
    ("label_smoothing", 0.0, "The share of each label that is spread over all classes.", _SHARE),
]
_REGRESSION: list[Any] = [
    ("loss", "squared_error", "The loss that the fit minimises. With gamma, for values above 0 whose errors count in proportion, the answer is the exponential of the last layer.", one_of(*REGRESSION_LOSSES)),
    ("huber_delta", 1.0, "The error, in standard deviations of y where it is standardized, at which huber turns from squares to absolute values.", POSITIVE),
    ("standardize_y", True, "Whether y is scaled to mean 0 and variance 1 for the training; with the loss gamma it is not.", BOOLEAN),
]
_LEARNING: list[Any] = [
    ("standardize", True, "Whether each column of X is scaled by its mean and standard deviation in the training rows; the scaler is a part of the model.", BOOLEAN),
    ("epochs", 60, "The largest number of passes over the training rows.", integer(1, 100_000)),
    ("batch_size", 128, "The number of rows of a training step.", integer(1, 1_048_576)),
    ("optimizer", "adamw", "The algorithm of the training steps.", one_of("adamw", "adam", "sgd")),
    ("learning_rate", 1e-3, "The size of the training steps.", POSITIVE),
    ("weight_decay", 1e-2, "The strength with which weights are drawn towards 0 in each step.", NOT_NEGATIVE),
    ("momentum", 0.9, "The momentum of the optimizer sgd.", _SHARE),
    ("clip_grad_norm", None, "The largest norm of the gradient of a step; null does not limit it.", POSITIVE),
    ("patience", None, "The epochs without a lower loss on the eval set after which the fit ends; null does not end it.", integer(1, 100_000)),
    ("keep_best", True, "Whether, with an eval set, the weights of the epoch with the lowest loss on it are kept; otherwise those of the last epoch.", BOOLEAN),
    ("random_state", 0, "The seed of the first weights, of the order of the rows and of dropout.", integer(0)),
    ("device", "auto", "Where it is trained: auto takes a GPU where torch finds one.", one_of("auto", "cpu", "cuda")),
]
# fmt: on


def options(kind: str, family: str) -> tuple[Parameter, ...]:
    """List the parameters of ``mlp`` or ``lstm``; some defaults are those of a shipped model."""
    rows = [
        *(_MLP if kind == "mlp" else _LSTM),
        *(_CLASSIFICATION if family == "classifier" else _REGRESSION),
        *_LEARNING,
    ]
    return tuple(parameter(*row) for row in rows)
