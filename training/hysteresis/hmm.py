"""A two-state Gaussian hidden Markov model of returns, fitted again as the history grows.

State 0 is the calmer of the two. Returns are in per cent, so that hmmlearn's variance floor of 1e-3
is far below any variance here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from hmmlearn.hmm import GaussianHMM
from numpy.typing import NDArray

Series = NDArray[np.float64]

FIRST_FIT = 252  # observations before the first fit
REFIT_EVERY = 63  # observations between fits


@dataclass(frozen=True)
class Parameters:
    """Two states ordered by variance."""

    start: Series  # [2]
    transition: Series  # [2, 2], from row to column
    mean: Series  # [2], per cent a day
    variance: Series  # [2], per cent squared


def fit(x: Series) -> Parameters:
    """Baum-Welch from a fixed start: equal means, half and twice the variance, 5 % to switch."""
    model = GaussianHMM(
        2, "diag", covars_prior=0.0, n_iter=200, tol=1e-4, init_params="", params="stmc"
    )
    model.startprob_ = np.array([0.5, 0.5])
    model.transmat_ = np.array([[0.95, 0.05], [0.05, 0.95]])
    model.means_ = np.full((2, 1), x.mean())
    model.covars_ = np.array([[0.5], [2.0]]) * x.var()
    model.fit(x[:, None])
    variance = model.covars_.reshape(2)
    order = np.argsort(variance)
    return Parameters(
        model.startprob_[order],
        model.transmat_[np.ix_(order, order)],
        model.means_[order, 0],
        variance[order],
    )


def emissions(p: Parameters, x: Series) -> Series:
    """Densities of x [n] under both states, [n, 2], scaled so that the larger is 1."""
    log_density = -0.5 * ((x[:, None] - p.mean) ** 2 / p.variance + np.log(p.variance))
    return np.asarray(np.exp(log_density - log_density.max(axis=1, keepdims=True)))


def filtered(p: Parameters, x: Series) -> Series:
    """P(state 1 at t | x up to t), [n]: the forward pass."""
    leave, keep = p.transition[:, 1].tolist()
    prior = float(p.start[1])
    out = np.empty(len(x))
    for t, (calm, turbulent) in enumerate(emissions(p, x).tolist()):
        weight = prior * turbulent
        now = weight / (weight + (1 - prior) * calm)
        out[t] = now
        prior = now * keep + (1 - now) * leave
    return out


def smoothed(p: Parameters, x: Series) -> Series:
    """P(state 1 at t | all of x), [n]: forward, then Kim's backward pass. Not causal."""
    out = filtered(p, x)
    for t in range(len(x) - 2, -1, -1):
        now = np.array([1 - out[t], out[t]])
        ahead = now @ p.transition
        after = np.array([1 - out[t + 1], out[t + 1]])
        out[t] = now[1] * (p.transition[1] @ (after / ahead))
    return out


def live(x: Series) -> Iterator[Series]:
    """P(turbulent) as known at each t, in blocks from ``FIRST_FIT`` on.

    Each block uses the parameters fitted on all before it, and the filter run again from the start.
    """
    for begin in range(FIRST_FIT, len(x), REFIT_EVERY):
        end = min(begin + REFIT_EVERY, len(x))
        yield filtered(fit(x[:begin]), x[:end])[begin:]
