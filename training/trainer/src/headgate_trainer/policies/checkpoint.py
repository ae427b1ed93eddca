"""What a training of policies goes on from in another process: arrays and JSON, no pickle."""

import io
import json
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from headgate_trainer.tensors import Arrays

FORMAT = "headgate-policy-1"


@dataclass
class SeedState:
    """What has become of one seed."""

    seed: int
    timesteps: int = 0
    best_timesteps: int = 0
    best_score: float | None = None
    stalled: int = 0
    """The evaluations since the best one."""
    next_evaluation: int = 0
    next_point: int = 0
    evaluated: int = -1
    """The steps at the last evaluation."""
    score: float | None = None
    """The score of the weights that are kept."""
    rewards: float = 0.0
    """The sum since the last point of the curves."""
    steps: int = 0
    seconds: float = 0.0
    done: bool = False
    losses: dict[str, float] = field(default_factory=dict)
    """Of the last update."""
    curves: dict[str, list[float | None]] = field(default_factory=dict)
    """By name; null where a point has no such value."""
    best: Arrays = field(default_factory=dict)
    """The weights that are kept, and VecNormalize's statistics."""


@dataclass
class Checkpoint:
    """The seeds so far, and the state of the one that is trained."""

    seeds: list[SeedState]
    arrays: Arrays
    facts: dict[str, Any]

    def to_bytes(self) -> bytes:
        """Write it."""
        stored: dict[str, Any] = dict(self.arrays)
        told = []
        for at, seed in enumerate(self.seeds):
            told.append({name: value for name, value in asdict(seed).items() if name != "best"})
            stored |= {f"best.{at}/{name}": array for name, array in seed.best.items()}
        text = json.dumps({"format": FORMAT, "seeds": told, "facts": self.facts})
        buffer = io.BytesIO()
        np.savez(buffer, told=np.frombuffer(text.encode(), dtype=np.uint8), **stored)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, state: bytes) -> "Checkpoint":
        """Read it. Raises ValueError where it is none, or of another version."""
        try:
            with np.load(io.BytesIO(state), allow_pickle=False) as stored:
                arrays: Arrays = {name: stored[name] for name in stored.files}
            told: dict[str, Any] = json.loads(arrays.pop("told").tobytes())
        except Exception as error:
            raise ValueError("the checkpoint cannot be read") from error
        if told.get("format") != FORMAT:
            raise ValueError("the checkpoint is of another version of Headgate")
        seeds = [SeedState(**each) for each in told["seeds"]]
        for at, seed in enumerate(seeds):
            prefix = f"best.{at}/"
            for name in [each for each in arrays if each.startswith(prefix)]:
                seed.best[name.removeprefix(prefix)] = arrays.pop(name)
        return cls(seeds, arrays, told["facts"])
