"""A model of tomorrow's range that the gateway retrains by itself each quarter, while days are appended.

The schedule holds out the newest quarter: the candidate is promoted to champion where it is not worse than
the one that serves, else it stays the challenger. This program appends days, and tells what was decided.

python client/python/examples/retrain.py --url ws://127.0.0.1:8470/v1
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import market
import numpy as np

import headgate

SCHEDULE, MODEL, DATASET = "quarterly-range", "daily-range", "range-days"
FIT_DAYS, QUARTER_DAYS = 1000, 63
PATIENCE_S = 120.0
QUARTERS = 6


def main() -> None:
    """Put the data and the schedule, replay some quarters, tell of each decision and of the history."""
    asked = market.arguments(__doc__ or "")
    bars = market.load()
    spread = np.log(np.maximum(np.log(bars.high / bars.low), 1e-6))
    days = slice(market.HISTORY_DAYS, -1)  # The last day has no next one.
    dates, table, tomorrow = bars.date[days], market.features(bars)[days], spread[days.start + 1 :]
    rows = lambda start, stop: {"X": table[start:stop], "y": tomorrow[start:stop]}  # noqa: E731
    decisions: list[Mapping[str, Any]] = []
    with headgate.Client(asked.url) as gate:
        dataset = gate.dataset(rows(0, FIT_DAYS), DATASET, keep=False)
        gate.schedule(
            SCHEDULE,
            model=MODEL,
            trainer="ridge",
            parameters={"alpha": 1.0},
            inputs={name: {"ref": DATASET, "columns": name} for name in ("X", "y")},
            last_rows=FIT_DAYS,
            trigger={"dataset": DATASET, "every_rows": QUARTER_DAYS},
            validation={"rows": QUARTER_DAYS, "folds": 3, "purge": 1, "score": "rmse"},
            replace=True,
        )
        try:
            for quarter in range(asked.steps or QUARTERS):
                start = FIT_DAYS + quarter * QUARTER_DAYS
                for day in range(start, start + QUARTER_DAYS):
                    dataset.append(rows(day, day + 1))
                    time.sleep(asked.pause)
                decisions.append(decided(gate, decisions))
                print(f"{dates[start + QUARTER_DAYS - 1]} {told(decisions[-1])}", flush=True)
        finally:
            gate.unschedule(SCHEDULE)
        model = next(each for each in gate.describe(MODEL)["models"] if "history" in each)
        # What has no reason is a candidate's publication, told above.
        history = [record for record in model["history"] if record["reason"] is not None]
        for record in history:
            at = datetime.fromtimestamp(record["ts"] / 1000, timezone.utc).isoformat(timespec="seconds")
            print(f"{at} {record['by']}: {record['reason']}", flush=True)
    print(json.dumps({"decisions": decisions, "history": history}))


def decided(gate: headgate.Client, before: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Wait for the next decision: a replay has a quarter in a second, and the gateway retrains meanwhile.

    :raises RuntimeError: where the retraining came to nothing, with the gateway's reason
    """
    patience_until = time.monotonic() + PATIENCE_S
    while time.monotonic() < patience_until:
        state = gate.schedule_state(SCHEDULE)
        last: Mapping[str, Any] | None = state["last"]
        if state["error"] is not None:
            raise RuntimeError(state["error"]["message"])
        if last is not None and last not in before and state["running"] is None:
            return last
        time.sleep(0.05)
    raise RuntimeError(f"the gateway has not retrained within {PATIENCE_S:.0f} s")


def told(decision: Mapping[str, Any]) -> str:
    """A decision as a sentence."""
    version, reason = decision["version"], decision["reason"].replace("_", " ")
    what = "is promoted" if decision["promoted"] else "stays the challenger"
    if decision["champion_score"] is None:
        return f"version {version} {what} ({reason})"
    scores = f"{decision['candidate']:.4f} against {decision['champion_score']:.4f}"
    return f"version {version} {what} ({reason} than version {decision['champion']}: {scores})"


if __name__ == "__main__":
    main()
