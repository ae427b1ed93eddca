"""What the desk did: its table, its picture, and who answered each module."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from picture import Series, picture

if TYPE_CHECKING:
    import pandas as pd

DAYS_A_YEAR = 252


class Journal:
    """The live days, as they go."""

    def __init__(self) -> None:
        self.returns: list[float] = []
        self.positions: list[float] = []
        self.turbulent: list[bool] = []
        self.breaks = 0
        """Days that lost more than the value at risk of the position."""
        self.sources: defaultdict[str, Counter[str]] = defaultdict(Counter)


def figures(returns: Series) -> dict[str, float]:
    """Return, Sharpe ratio and the deepest fall of a series of log returns."""
    if len(returns) == 0:
        return {"return": 0.0, "sharpe": 0.0, "fall": 0.0}
    equity = np.concatenate([[0.0], np.cumsum(returns)])
    fall = float((equity - np.maximum.accumulate(equity)).min())
    sharpe = float(returns.mean() / max(returns.std(), 1e-12) * np.sqrt(DAYS_A_YEAR))
    return {
        "return": round(float(np.expm1(equity[-1])), 4),
        "sharpe": round(sharpe, 2),
        "fall": round(float(np.expm1(fall)), 4),
    }


def table(rows: Mapping[str, Mapping[str, float]], sources: Mapping[str, Counter[str]]) -> str:
    """For the screen."""
    lines = [f"{'':34}{'return':>9}{'Sharpe':>9}{'deepest fall':>14}"]
    for name, row in rows.items():
        lines.append(f"{name:34}{row['return']:>9.1%}{row['sharpe']:>9.2f}{row['fall']:>14.1%}")
    lines.append("\nwho answered: the gateway, or the desk by itself")
    for module, counted in sources.items():
        told = ", ".join(f"{source} {count}" for source, count in counted.most_common())
        lines.append(f"  {module:32}{told or 'nobody yet'}")
    return "\n".join(lines)


def write(
    folder: Path,
    days: pd.DatetimeIndex,
    curves: Mapping[str, Series],
    journal: Journal,
    told: Mapping[str, Any],
) -> Path:
    """desk.svg and desk.json.

    :param days: of the curves; the last of them are the journal's
    :param curves: log returns
    :return: the picture's path
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "desk.json").write_text(json.dumps(told, indent=2) + "\n")
    turbulent = np.zeros(len(days), dtype=bool)
    turbulent[len(days) - len(journal.turbulent) :] = journal.turbulent
    local = sum(count for each in journal.sources.values() for by, count in each.items() if by != "gateway")
    drawn = picture(
        [day.date() for day in days],
        {name: _cumulated(returns) for name, returns in curves.items()},
        turbulent,
        "A trading desk on the S&P 500",
        f"Log returns after costs; the desk trades the last {told['days']} days, red where the regime was "
        f"turbulent. {local} answers were its own",
    )
    path = folder / "desk.svg"
    path.write_text(drawn)
    return path


def _cumulated(returns: Series) -> Series:
    return np.where(np.isnan(returns), np.nan, np.nancumsum(returns))
