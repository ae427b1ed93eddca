"""When a filtered probability becomes a regime change, and how good the changes are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]
States = NDArray[np.int8]

UNKNOWN, CALM, TURBULENT = -1, 0, 1
YEAR = 252  # observations


def regimes(turbulent: Series, enter_probability: float, min_dwell: int) -> States:
    """Declare a regime at each t from P(turbulent) [n], with what is known at t.

    It changes once the other state's probability has been at least ``enter_probability`` for
    ``min_dwell`` observations in a row; from unknown, either state is the other.
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
    """First observation of every regime after the first."""
    return np.flatnonzero(np.diff(states)) + 1


@dataclass(frozen=True)
class Score:
    """How declared regimes compare with the smoothed ones; days are observations."""

    changes_a_year: float
    median_dwell: float  # days between changes
    median_lag: float  # days from a smoothed switch to the rule's own, of those caught
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
    # A rule that slept through the episode before is in this one's state already: that is no catch.
    lags = [int(agree[a:b].argmax()) for a, b in episodes if agree[a - 1] and agree[a:b].any()]
    return Score(
        changes_a_year=len(changes) / len(declared) * YEAR,
        median_dwell=float(np.median(np.diff(changes))) if len(changes) > 1 else np.inf,
        median_lag=float(np.median(lags)) if lags else np.inf,
        caught=len(lags) / len(begins),
        overlap=float(np.mean([agree[smooth == state].mean() for state in (CALM, TURBULENT)])),
    )
