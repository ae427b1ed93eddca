"""A training while it runs: its request, its progress, and whether it was cancelled."""

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from headgate_trainer.failure import cancelled
from headgate_trainer.tensors import Arrays

# The gateway publishes one progress a second; the curve in a job's description keeps all of these.
PROGRESS_SECONDS = 0.02

Send = Callable[[dict[str, Any]], None]


@dataclass
class Job:
    """One request to train.

    A trainer calls ``check`` or ``progress`` as often as it can: each raises when the job was
    cancelled.
    """

    name: str
    trainer: str
    inputs: Arrays
    parameters: Mapping[str, Any]
    export: bool
    threads: int
    send: Send
    checkpoint_state: bytes | None = None
    scored: bool = True
    """Whether the model is scored on its training rows, which takes as long as predicting them."""
    cancelled: threading.Event = field(default_factory=threading.Event)
    _told: float = 0.0

    def check(self) -> None:
        """Raise when the job was cancelled."""
        if self.cancelled.is_set():
            raise cancelled()

    def progress(
        self,
        *,
        iteration: int | None = None,
        share_done: float | None = None,
        loss: float | None = None,
        score: float | None = None,
        figures: Mapping[str, float] | None = None,
    ) -> None:
        """Tell how far the fit is; calls that follow each other too soon are not sent.

        ``figures`` are the trainer's own, by name.
        """
        self.check()
        now = time.monotonic()
        if now - self._told < PROGRESS_SECONDS and (share_done is None or share_done < 1):
            return
        self._told = now
        values = {"iteration": iteration, "share_done": share_done, "loss": loss, "score": score}
        # The loss of a fit that diverges is NaN or infinite, which is no number for a curve.
        known = {name: v for name, v in values.items() if v is not None and math.isfinite(v)}
        told = {"figures": dict(figures)} if figures else {}
        self.send({"type": "progress", "job": self.name, **known, **told})

    def checkpoint(self, state: bytes) -> None:
        """Send a state from which another process can go on with the training."""
        self.check()
        self.send({"type": "checkpoint", "job": self.name, "state": state})
