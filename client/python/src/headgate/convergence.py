"""The progress of a fit by expectation and maximisation, as hmmlearn's `monitor_` reports it."""

from __future__ import annotations

import logging
import sys
from collections import deque

import numpy as np

log = logging.getLogger("headgate.hmm")
_WIGGLE = float(np.finfo(float).eps ** 0.5)
"""What a log-likelihood may lose by rounding."""


class ConvergenceMonitor:
    """Holds the log-likelihoods of a fit and decides whether they have converged, as hmmlearn does.

    A model whose `monitor_` has another `converged` or `report` is fitted one iteration at a time, so that
    these methods can be called after each iteration.
    """

    _template = "{iter:>10d} {log_prob:>16.8f} {delta:>+16.8f}"

    def __init__(self, tol: float, n_iter: int, verbose: bool) -> None:
        self.tol = tol
        self.n_iter = n_iter
        self.verbose = verbose
        self.history: deque[float] = deque()
        self.iter = 0

    def __repr__(self) -> str:
        shown = sorted({**vars(self), "history": list(self.history)}.items())
        lines = "".join(f"    {name}={value},\n" for name, value in shown)
        return f"{type(self).__name__}(\n{lines})"

    def _reset(self) -> None:
        self.iter = 0
        self.history.clear()

    def report(self, log_prob: float) -> None:
        """Record the log-likelihood before an iteration's update; `verbose` prints it to stderr."""
        delta = log_prob - self.history[-1] if self.history else np.nan
        if self.verbose:
            print(self._template.format(iter=self.iter + 1, log_prob=log_prob, delta=delta), file=sys.stderr)
        if delta < -_WIGGLE:
            log.warning(
                "Model is not converging.  Current: %s is not greater than %s. Delta is %s",
                log_prob,
                self.history[-1],
                delta,
            )
        self.history.append(log_prob)
        self.iter += 1

    @property
    def converged(self) -> bool:
        """Whether the iterations have reached their limit, or the last one gained less than `tol`."""
        gained = len(self.history) < 2 or self.history[-1] - self.history[-2] >= self.tol
        return bool(self.iter == self.n_iter or not gained)
