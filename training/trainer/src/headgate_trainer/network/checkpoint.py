"""A state from which a training goes on in another process: arrays and JSON, no pickle."""

import io
import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from headgate_trainer.tensors import Array, Arrays

FORMAT = "headgate-network-1"


@dataclass
class Checkpoint:
    """The state after an epoch."""

    epoch: int
    weights: Arrays
    best_weights: Arrays
    optimizer: Arrays
    """The optimizer's tensors, by ``index.name``."""
    random: Arrays
    """The states of the generators of random numbers."""
    curves: dict[str, list[float]] = field(default_factory=dict)
    best_epoch: int = 0
    best_loss: float = float("inf")

    def to_bytes(self) -> bytes:
        """Write it."""
        facts = {
            "format": FORMAT,
            "epoch": self.epoch,
            "curves": self.curves,
            "best_epoch": self.best_epoch,
            "best_loss": self.best_loss,
        }
        arrays = {
            f"{group}/{name}": array
            for group in GROUPS
            for name, array in getattr(self, group).items()
        }
        buffer = io.BytesIO()
        np.savez(buffer, facts=np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8), **arrays)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, state: bytes) -> "Checkpoint":
        """Read it. Raises ValueError where it is none, or of another version."""
        try:
            with np.load(io.BytesIO(state), allow_pickle=False) as stored:
                arrays: dict[str, Array] = {name: stored[name] for name in stored.files}
            facts: dict[str, Any] = json.loads(arrays.pop("facts").tobytes())
        except Exception as error:
            raise ValueError("the checkpoint cannot be read") from error
        if facts.pop("format", None) != FORMAT:
            raise ValueError("the checkpoint is of another version of Headgate")
        groups: dict[str, Arrays] = {group: {} for group in GROUPS}
        for path, array in arrays.items():
            group, name = path.split("/", 1)
            groups[group][name] = array
        return cls(
            epoch=facts["epoch"],
            curves=facts["curves"],
            best_epoch=facts["best_epoch"],
            best_loss=facts["best_loss"],
            **groups,
        )


GROUPS = ("weights", "best_weights", "optimizer", "random")
