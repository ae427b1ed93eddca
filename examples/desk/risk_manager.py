"""The risk manager: how much may be held, given value at risk and the regime, and how fast to trade."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import headgate
import numpy as np
from headgate import fallback

from risk_enhancements import Risk

if TYPE_CHECKING:
    import pandas as pd

VAR_BUDGET = 0.015
"""The most that a day may lose at 99 %, in log return."""
REGIME_LIMITS = {"calm": 1.0, "normal": 1.0, "turbulent": 0.5, "unknown": 0.75}
RISKY_ABOVE = 0.5
SPREAD_BPS = 2.0
PARTICIPATION = 0.01
"""The share of a day's usual volume that a full turn of the position trades."""
COST_BUDGET_BPS = 3.0
"""What a day's trading may cost, of the capital."""
ANSWER_S = 2.0


class Order(NamedTuple):
    """The position from this close on, and what it costs to get there."""

    position: float
    limit: float
    cost: float
    """In log return."""
    source: str


def cost_of_late(request: fallback.Request) -> fallback.Outputs:
    """Without a gateway: trading will cost what it did in the last five days."""
    return {"impact_bps": np.exp(np.asarray(request.inputs["X"])[:, [-2]])}


class RiskManager:
    """Turns what the strategy wants into what it may."""

    def __init__(self, client: headgate.Client) -> None:
        self._client = client
        fallback.register("market-impact", cost_of_late)
        self.breaches = 0
        """Days whose wish was beyond the limit."""

    def order(self, wish: float, held: float, risk: Risk, regime: str, today: pd.Series) -> Order:
        """The order of a close.

        :param today: the day's features
        """
        limit = min(1.0, VAR_BUDGET / max(risk.value_at_risk, 1e-6)) * REGIME_LIMITS[regime]
        if risk.risky > RISKY_ABOVE:
            limit /= 2
        self.breaches += abs(wish) > limit
        impact, source = self._impact(today)
        rate = SPREAD_BPS + PARTICIPATION * impact
        target = float(np.clip(wish, -limit, limit))
        # Beyond the limit cost is no reason to wait.
        step = np.inf if abs(held) > limit else COST_BUDGET_BPS / rate
        position = held + float(np.clip(target - held, -step, step))
        return Order(position, limit, abs(position - held) * rate / 1e4, source)

    def _impact(self, today: pd.Series) -> tuple[float, str]:
        """Basis points that trading a day's usual volume would move the price by, and who said so."""
        row = today.to_numpy(dtype=np.float32)[None, :]
        asked = self._client.infer("market-impact", {"X": row}, timeout=ANSWER_S)
        return float(asked["impact_bps"].ravel()[0]), str(asked.source)
