"""Parameters of drop-ins as JSON has them, and outputs of trainers as attributes of drop-ins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...errors import InvalidArgumentError
from ...tensors import Array
from ..validation import seed_of
from .table import TrainerEntry

NAMES = {"train_scores": "train_score_", "validation_score_curve": "validation_score_"}
"""Attributes whose outputs have names of their own, since `train_score` is a score."""
_SCORES = ("train_", "eval_")


def wire_parameters(model: Any, trainer: TrainerEntry, array: Array, draws_seeds: bool) -> dict[str, Any]:
    """The parameters that are not the defaults.

    :param draws_seeds: whether a missing seed is drawn here, since no seed means another one at each fit
    """
    found: dict[str, Any] = {}
    for name, default in trainer.parameters.items():
        value = getattr(model, name)
        if name == "random_state":
            if value is not None or draws_seeds:
                found[name] = seed_of(value)
        elif value is not default and not _same(value, default):
            found[name] = plain(value)
    # 1 and 1.0 look alike on the wire, where 1 would mean all.
    for name, whole in (("max_samples", len(array)), ("max_features", array.shape[1])):
        if found.get(name) == 1 and isinstance(found[name], int) and whole > 1:
            found[name] = 1 / whole
    return found


def plain(value: Any) -> Any:
    """As JSON has it: no numpy, tuples as lists, keys as strings."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def attributes_of(outputs: Mapping[str, Array]) -> tuple[dict[str, Any], dict[str, float]]:
    """The fitted attributes by the library's names, and the scores by the trainer's."""
    attributes: dict[str, Any] = {}
    scores: dict[str, float] = {}
    for name, value in outputs.items():
        if name in ("classes", "n_features_in"):
            continue
        if name.startswith(_SCORES) and name not in NAMES:
            scores[name] = float(value)
        else:
            attributes[NAMES.get(name, f"{name}_")] = _attribute(name, value)
    return attributes, scores


def in_library_words(error: InvalidArgumentError) -> InvalidArgumentError:
    """The gateway's text, which names the field, without what the library does not have in its names."""
    return InvalidArgumentError(
        error.message.removeprefix("parameters.").removeprefix("inputs."), answered=error.answered
    )


def _same(value: Any, default: Any) -> bool:
    return type(value) is type(default) and not isinstance(value, np.ndarray) and bool(value == default)


def _attribute(name: str, value: Array) -> Any:
    """A number of Python's own, a list where the library has one, else an array that can be written to."""
    if value.ndim == 0:
        return value.item()
    return value.tolist() if name in ("loss_curve", "validation_scores") else np.array(value)
