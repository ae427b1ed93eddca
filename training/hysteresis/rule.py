"""Turns filtered probabilities into regime changes, and scores the changes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]
States = NDArray[np.int8]

UNKNOWN, CALM, TURBULENT = -1, 0, 1
YEAR = 252  # observations


def regimes(turbulent: Series, enter_probability: float, min_dwell: int) -> States:
    """Declare a regime at each t from P(turbulent) [n] up to t.

    The regime changes when the other state's probability has been at least ``enter_probability``
    for ``min_dwell`` observations in a row; while it is unknown, either state counts as the other.
    """
    out = np.empty(len(turbulent), dtype=np.int8)
    regime, runs = UNKNOWN, [0, 0]
    for t, p in enumerate(turbulent.tolist()):
        for state, q in ((CALM, 1 - p), (TURBULENT, p)):
            runs[state] = runs[state] + 1 if q >= enter_probability else 0
            if state != regime and runs[state] >= min_dwell:
                regime = state
        out[t] = regime
    return out


def switches(states: States) -> NDArray[np.intp]:
    """Return the first observation of every regime except the first regime."""
    return np.flatnonzero(np.diff(states)) + 1


@dataclass(frozen=True)
class Score:
    """Declared regimes compared with the smoothed ones; a day is an observation."""

    changes_a_year: float
    median_dwell: float  # days between changes
    median_lag: float  # days from a smoothed switch to the rule's own switch, for those it followed
    caught: float  # share of the smoothed episodes that the rule switched into
    overlap: float  # mean over both states of the share of its days on which the rule agreed


def score(declared: States, smooth: States) -> Score:
    """Compare on the days on which a regime was declared."""
    known = declared != UNKNOWN
    declared, smooth = declared[known], smooth[known]
    agree = declared == smooth
    changes = switches(declared)
    begins = switches(smooth)
    episodes = zip(begins, [*begins[1:], len(smooth)], strict=True)
    # A rule that missed the previous episode may already be in this state: that is no caught
    # switch.
    lags = [int(agree[a:b].argmax()) for a, b in episodes if agree[a - 1] and agree[a:b].any()]
    return Score(
        changes_a_year=len(changes) / len(declared) * YEAR,
        median_dwell=float(np.median(np.diff(changes))) if len(changes) > 1 else np.inf,
        median_lag=float(np.median(lags)) if lags else np.inf,
        caught=len(lags) / len(begins),
        overlap=float(np.mean([agree[smooth == state].mean() for state in (CALM, TURBULENT)])),
    )
