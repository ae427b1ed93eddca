"""A live agent: at each close it asks what trading will cost and what to hold, and never waits long.

python client/python/examples/live_agent.py --url ws://127.0.0.1:8470/v1
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import market
import numpy as np

import headgate
from headgate import fallback
from headgate.options import DEFAULT_URL

DEADLINE_S = 0.5
LOG_IMPACT_5 = 14


def cost_of_late(request: fallback.Request) -> fallback.Outputs:
    """Without a gateway: trading will cost what it did of late."""
    return {"impact_bps": np.exp(np.asarray(request.inputs["X"])[:, [LOG_IMPACT_5]])}


def hold(request: fallback.Request) -> fallback.Outputs:
    """Without a gateway: keep the position. Registered knowingly, or the policy would raise."""
    return {"action": np.asarray(request.inputs["observation"])[:, -1:]}


async def main() -> None:
    """Trade the days one by one."""
    asked = market.arguments(__doc__ or "")
    bars = market.load()
    table, daily = market.features(bars), market.returns(bars)
    fallback.register("market-impact", cost_of_late)
    fallback.register("policy-ppo", hold)
    sources: Counter[str] = Counter()
    position, profit = 0.0, 0.0
    days = range(market.HISTORY_DAYS, len(table) - 1)[: asked.steps]
    async with headgate.connect(asked.url or DEFAULT_URL, timeout=DEADLINE_S, fallback_after=0.2) as gate:
        impact, policy = gate.model("market-impact", priority=1), gate.policy("policy-ppo", priority=1)
        for t in days:
            observation = np.append(table[t, market.POLICY_COLUMNS], position)
            cost, action = await asyncio.gather(impact.predict(table[t]), policy.act(observation))
            sources.update([str(impact.source), str(policy.source)])
            profit += float(action) * daily[t + 1] - abs(float(action) - position) * 5e-4
            position = float(action)
            print(
                f"{bars.date[t]} hold {position:+.2f}, impact {cost[0]:.0f} bp ({policy.source})", flush=True
            )
            await asyncio.sleep(asked.pause)
    print(json.dumps({"days": len(days), "log_profit": round(profit, 4), "sources": dict(sources)}))


if __name__ == "__main__":
    asyncio.run(main())
