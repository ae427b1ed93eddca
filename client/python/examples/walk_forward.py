"""A backtest that walks forward: each quarter a pipeline is fitted on two years, and trades the next quarter.

scaler -> principal components -> a mixture of two, whose calmer one is held, the other not.

python client/python/examples/walk_forward.py --url ws://127.0.0.1:8470/v1
"""

from __future__ import annotations

import json
import time
from collections import Counter

import market
import numpy as np

import headgate
from headgate.sklearn import PCA, GaussianMixture, StandardScaler

FIT_DAYS, TRADE_DAYS = 504, 63


def main() -> None:
    """Fit, trade, step on."""
    asked = market.arguments(__doc__ or "")
    headgate.configure(asked.url, timeout=10.0, fallback_after=0.2)
    bars = market.load()
    table, daily = market.features(bars)[market.HISTORY_DAYS :], market.returns(bars)[market.HISTORY_DAYS :]
    sources: Counter[str] = Counter()
    strategy, held = [np.zeros(0)], [np.zeros(0)]
    for at in range(FIT_DAYS, len(table) - TRADE_DAYS - 1, TRADE_DAYS)[: asked.steps]:
        past, coming = slice(at - FIT_DAYS, at), slice(at, at + TRADE_DAYS)
        scaler = StandardScaler().fit(table[past])
        pca = PCA(n_components=3, random_state=0).fit(scaler.transform(table[past]))
        project = lambda rows, scaler=scaler, pca=pca: pca.transform(scaler.transform(rows))  # noqa: E731
        mixture = GaussianMixture(2, random_state=0, max_iter=500).fit(project(table[past]))
        labels = mixture.predict(project(table[past]))
        spread = [daily[past][labels == k].std() if (labels == k).any() else np.inf for k in range(2)]
        position = mixture.predict(project(table[coming])) == int(np.argmin(spread))
        next_day = daily[at + 1 : at + 1 + TRADE_DAYS]
        strategy.append(position * next_day)
        held.append(next_day)
        sources.update([scaler.source_, pca.source_, mixture.source_])
        print(
            f"{bars.date[market.HISTORY_DAYS + at]} in {position.mean():.0%} ({mixture.source_})", flush=True
        )
        time.sleep(asked.pause)
    report = {"days": int(sum(map(len, held))), "sources": dict(sources)}
    for name, each in (("strategy", np.concatenate(strategy)), ("index", np.concatenate(held))):
        report[name] = {
            "log_return": round(float(each.sum()), 3),
            "sharpe": round(float(each.mean() / max(each.std(), 1e-12) * np.sqrt(252)), 2),
        }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
