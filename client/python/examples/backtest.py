"""Three models of tomorrow's direction, each backtested in one request, and their equity curves.

Each year a forest, a boosting and a network are fitted on the four years before it, and predict its days.
A model holds the index on the days that it expects to rise, and pays for each change of its mind.

python client/python/examples/backtest.py --url ws://127.0.0.1:8470/v1 --picture equity.svg
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

import market
import numpy as np

import headgate
from headgate.backtest import Rolling, walk_forward
from headgate.sklearn import (
    HistGradientBoostingClassifier,
    MLPClassifier,
    Pipeline,
    RandomForestClassifier,
    StandardScaler,
)

TRAIN_DAYS, TEST_DAYS = 1008, 252
COST = 2e-4
"""Of the price, for going in or out."""
MODELS = {
    "forest": RandomForestClassifier(n_estimators=100, min_samples_leaf=25, random_state=0),
    "boosting": HistGradientBoostingClassifier(max_iter=50, learning_rate=0.05, random_state=0),
    "network": Pipeline(
        [
            ("scaler", StandardScaler()),
            ("mlp", MLPClassifier(hidden_layer_sizes=(16,), alpha=1.0, max_iter=100, random_state=0)),
        ]
    ),
}
COLOURS = ("#888888", "#1f6feb", "#d1242f", "#1a7f37")


def main() -> None:
    """Backtest, tell, draw."""
    asked = arguments()
    headgate.configure(asked.url, fallback_after=0.2)
    bars = market.load()
    known = slice(market.HISTORY_DAYS, -1)  # The last day has no next one.
    table, coming = market.features(bars)[known], market.returns(bars)[market.HISTORY_DAYS + 1 :]
    days = slice(0, None if asked.steps is None else TRAIN_DAYS + 1 + asked.steps * TEST_DAYS)
    table, coming = table[days], coming[days]
    rises = (coming > 0).astype(int)
    known_at = np.arange(len(table)) + 1  # Whether a day rises is known at the end of the next.
    curves: dict[str, market.Series] = {}
    report: dict[str, object] = {"sources": {}}
    for name, model in MODELS.items():
        found = walk_forward(model, table, rises, Rolling(TRAIN_DAYS, TEST_DAYS, purge=1), label_end=known_at)
        tested = found.fold >= 0
        curves.setdefault("index", coming[tested])
        position = np.where(found.predictions[tested] == 1, 1.0, 0.0)
        costs = COST * np.abs(np.diff(position, prepend=0.0))
        curves[name] = position * coming[tested] - costs
        report["sources"][name] = found.source  # type: ignore[index]
        accuracy = float((found.predictions[tested] == rises[tested]).mean())
        print(
            f"{name}: {len(found.folds)} folds, accuracy {accuracy:.3f}, costs {costs.sum():.3f}", flush=True
        )
    for name, daily in curves.items():
        sharpe = daily.mean() / max(daily.std(), 1e-12) * np.sqrt(252)
        report[name] = {"log_return": round(float(daily.sum()), 3), "sharpe": round(float(sharpe), 2)}
    asked.picture.write_text(picture({name: daily.cumsum() for name, daily in curves.items()}))
    print(json.dumps(report))


def picture(curves: Mapping[str, market.Series], width: int = 900, height: int = 420) -> str:
    """Curves of equal length as an SVG, with a legend."""
    low = min(float(each.min()) for each in curves.values())
    high = max(float(each.max()) for each in curves.values())
    lines = []
    for at, ((name, curve), colour) in enumerate(zip(curves.items(), COLOURS, strict=True)):
        x = np.linspace(40, width - 20, len(curve))
        y = height - 30 - (curve - low) / max(high - low, 1e-12) * (height - 60)
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
        lines.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{points}"/>')
        label = f"{name}: {curve[-1]:+.2f}"
        lines.append(f'<text x="{50 + 150 * at}" y="20" fill="{colour}">{label}</text>')
    body = "\n".join(lines)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="13">\n<rect width="{width}" height="{height}" fill="white"/>\n{body}\n'
        f'<text x="40" y="{height - 8}">cumulative log return after costs, out of sample</text>\n</svg>\n'
    )


def arguments() -> argparse.Namespace:
    """What the example takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--url", default=None, help="the gateway (default: HEADGATE_URL, else 127.0.0.1:8470)"
    )
    parser.add_argument("--steps", type=int, default=None, help="stop after so many years")
    parser.add_argument("--picture", type=Path, default=Path("equity.svg"), help="where the curves are drawn")
    return parser.parse_args()


if __name__ == "__main__":
    main()
