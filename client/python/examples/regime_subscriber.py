"""A feed and a subscriber of regime changes; while no gateway is there, a plain rule of its own.

python client/python/examples/regime_subscriber.py --url ws://127.0.0.1:8470/v1
"""

from __future__ import annotations

import asyncio
import json

import market
import numpy as np

import headgate
from headgate.options import DEFAULT_URL

BATCH_DAYS = 21
# A name of its own: the days replayed here lie before what a live feed of the index gave, and the gateway
# would refuse them.
STREAM = "sp500-replay"


class VolatilityRule:
    """Turbulent while a month's volatility is above one and a half times its long average."""

    def __init__(self) -> None:
        self.regime = "unknown"

    def update(self, daily: market.Series) -> str | None:
        """The new regime, of all returns so far; None when it is the old one."""
        if len(daily) < 252:
            return None
        monthly = np.sqrt(np.convolve(daily**2, np.full(21, 1 / 21), "valid"))
        regime = "turbulent" if monthly[-1] > 1.5 * np.median(monthly) else "calm"
        changed, self.regime = regime != self.regime, regime
        return regime if changed else None


async def listen(subscription: headgate.Subscription, told: list[dict[str, object]]) -> None:
    """Every change once and in order, over whatever reconnections."""
    async for change in subscription:
        told.append({"to": change.to, "ts": change.observed_ts, "source": "gateway"})
        print(f"{np.datetime64(int(change.observed_ts), 'ms')} {change.from_} -> {change.to}", flush=True)


async def main() -> None:
    """Feed twenty years, a month at a time."""
    asked = market.arguments(__doc__ or "")
    bars = market.load()
    daily, times = market.returns(bars), [market.epoch_ms(date) for date in bars.date]
    rule, told = VolatilityRule(), list[dict[str, object]]()
    batches = {"gateway": 0, "fallback": 0}
    starts = range(0, len(daily), BATCH_DAYS)[: asked.steps]
    async with headgate.connect(asked.url or DEFAULT_URL, timeout=1.0, wait=False) as gate:
        subscription = gate.subscribe(f"regime.{STREAM}")
        listener = asyncio.create_task(listen(subscription, told))
        stream, taken = None, -np.inf
        for at in starts:
            part = slice(at, at + BATCH_DAYS)
            local = rule.update(daily[: part.stop])
            try:
                if stream is None:
                    stream = await gate.stream(
                        STREAM, detector="gaussian_hmm", parameters={"n_components": 2}
                    )
                    taken = stream.last_ts or -np.inf
                first = next((i for i in range(part.stop) if i < len(times) and times[i] > taken), at)
                taken = (await stream.observe(times[first : part.stop], daily[first : part.stop])).last_ts
                batches["gateway"] += 1
            except (ConnectionError, TimeoutError):  # any other error is a gateway's answer, and a fault here
                batches["fallback"] += 1
                if local is not None:
                    told.append({"to": local, "ts": times[at], "source": "fallback"})
            print(f"{bars.date[at]} {rule.regime} by the rule", flush=True)
            await asyncio.sleep(asked.pause)
        await asyncio.sleep(0.2)
        subscription.close()
        await listener
    print(json.dumps({"batches": batches, "changes": len(told), "last": told[-1] if told else None}))


if __name__ == "__main__":
    asyncio.run(main())
