"""Choose ``enter_probability`` and ``min_dwell`` on WTI crude oil; show the S&P 500.

``python -m training.hysteresis.choose``
"""

from itertools import product

import arch.data.wti
import numpy as np
from numpy.typing import NDArray

from training.data import load_sp500
from training.hysteresis.hmm import FIRST_FIT, fit, live, smoothed
from training.hysteresis.rule import Score, Series, States, regimes, score, switches

Choice = tuple[float, int]

ENTER_PROBABILITY = (0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
MIN_DWELL = (1, 2, 3, 5, 8, 10)
NAMES = {-1: "unknown", 0: "calm", 1: "turbulent"}


def eligible(s: Score) -> bool:
    """Require one to four changes a year, half of them at least a month (21 days) apart."""
    return 1 <= s.changes_a_year <= 4 and s.median_dwell >= 21


def best(scores: dict[Choice, Score]) -> Choice:
    """Choose the largest overlap among the eligible.

    Among those within half a point of it, the shortest lag, and then the fewest changes. The rule
    was written down before any score was seen.
    """
    allowed = {choice: s for choice, s in scores.items() if eligible(s)}
    top = max(s.overlap for s in allowed.values())
    close = {choice: s for choice, s in allowed.items() if s.overlap >= top - 0.005}
    return min(close, key=lambda c: (close[c].median_lag, close[c].changes_a_year))


def wti_returns() -> tuple[NDArray[np.datetime64], Series]:
    """Daily log returns of WTI in per cent, with their dates; days without a price are left out."""
    price = arch.data.wti.load()["DCOILWTICO"].dropna()
    x = 100 * np.diff(np.log(price.to_numpy()))
    return price.index.to_numpy("datetime64[D]")[1:], x


def sp500_returns() -> tuple[NDArray[np.datetime64], Series]:
    """Daily log returns of the S&P 500 in per cent, with their dates."""
    bars = load_sp500()
    return bars.date[1:], 100 * np.diff(np.log(bars.close))


def judge(x: Series) -> tuple[Series, States]:
    """Return P(turbulent) of the live filter and the states in hindsight, from the 252nd day."""
    hindsight = smoothed(fit(x), x)[FIRST_FIT:] > 0.5
    return np.concatenate(list(live(x))), hindsight.astype(np.int8)


def show_grid(scores: dict[Choice, Score]) -> None:
    """Print the table for the README."""
    print("| enter_probability | min_dwell | changes a year | dwell | lag | caught | overlap | |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    chosen = best(scores)
    for (enter, dwell), s in scores.items():
        mark = "**chosen**" if (enter, dwell) == chosen else "eligible" if eligible(s) else ""
        print(
            f"| {enter} | {dwell} | {s.changes_a_year:.2f} | {s.median_dwell:.0f} "
            f"| {s.median_lag:.0f} | {s.caught:.2f} | {s.overlap:.3f} | {mark} |"
        )


def show_changes(date: NDArray[np.datetime64], states: States, first: str, last: str) -> None:
    """Print the regime changes between two days."""
    for t in switches(states):
        if np.datetime64(first) <= date[t] <= np.datetime64(last):
            print(f"{date[t]}  {NAMES[int(states[t - 1])]} -> {NAMES[int(states[t])]}")


def main() -> None:
    """Choose on oil, then show the changes of oil and of the index."""
    _, oil = wti_returns()
    filtered, hindsight = judge(oil)
    grid = list(product(ENTER_PROBABILITY, MIN_DWELL))
    scores = {choice: score(regimes(filtered, *choice), hindsight) for choice in grid}
    print(f"WTI: {len(filtered)} days, {len(switches(hindsight))} smoothed switches")
    show_grid(scores)
    chosen = best(scores)
    print(f"chosen: enter_probability {chosen[0]}, min_dwell {chosen[1]}")

    date, x = sp500_returns()
    filtered, hindsight = judge(x)
    declared = regimes(filtered, *chosen)
    print("S&P 500, for information:", score(declared, hindsight))
    show_changes(date[FIRST_FIT:], declared, "2007-06-01", "2009-12-31")


if __name__ == "__main__":
    main()
