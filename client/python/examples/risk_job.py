"""A risk job: value at risk by Monte Carlo on a Ledoit-Wolf covariance, and factor risk, at each month's end.

The book has four sleeves that trade the index: hold it, follow its month, fade its week, aim at a volatility.

python client/python/examples/risk_job.py --url ws://127.0.0.1:8470/v1
"""

from __future__ import annotations

import json
import time
from collections import Counter

import market
import numpy as np

import headgate
import headgate.risk
from headgate.sklearn import LedoitWolf

WINDOW_DAYS, STEP_DAYS = 252, 21
WEIGHTS = np.array([0.4, 0.3, 0.2, 0.1])


def sleeves(daily: market.Series) -> market.Series:
    """Daily returns of the four, [n, 4]; what a day does was decided at the close before."""
    trailing = {days: np.convolve(daily, np.ones(days), "full")[: len(daily)] for days in (5, 21)}
    volatility = np.sqrt(np.convolve(daily**2, np.full(21, 1 / 21), "full")[: len(daily)])
    position = np.column_stack(
        [
            np.ones_like(daily),
            np.sign(trailing[21]),
            -np.sign(trailing[5]),
            np.minimum(0.01 / np.maximum(volatility, 1e-4), 2.0),
        ]
    )
    return position[:-1] * daily[1:, None]


def main() -> None:
    """Measure the risk of each month, and count how often the next month's days broke it."""
    asked = market.arguments(__doc__ or "")
    headgate.configure(asked.url, timeout=5.0, fallback_after=0.2)
    book = sleeves(market.returns(market.load()))
    sources: Counter[str] = Counter()
    broken = days = 0
    for at in range(WINDOW_DAYS, len(book) - STEP_DAYS, STEP_DAYS)[: asked.steps]:
        window, coming = book[at - WINDOW_DAYS : at], book[at : at + STEP_DAYS] @ WEIGHTS
        covariance = LedoitWolf().fit(window)
        simulated = headgate.risk.monte_carlo_var(
            mean=window.mean(axis=0),
            covariance=covariance.covariance_,
            weights=WEIGHTS,
            level=0.99,
            n_paths=50_000,
        )
        factors = headgate.risk.factor_risk(window, weights=WEIGHTS, n_components=2)
        value_at_risk = float(simulated["var"][0])
        broken += int((coming < -value_at_risk).sum())
        days += len(coming)
        sources.update([covariance.source_, str(simulated["source"]), str(factors["source"])])
        print(
            f"day {at}: 99% VaR {value_at_risk:.4f}, first factor {factors['risk_share'][0]:.0%} "
            f"({simulated['source']})",
            flush=True,
        )
        time.sleep(asked.pause)
    print(
        json.dumps(
            {"days": days, "broken": broken, "share": round(broken / days, 4), "sources": dict(sources)}
        )
    )


if __name__ == "__main__":
    main()
