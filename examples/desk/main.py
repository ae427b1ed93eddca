"""The five modules of a trading team as one process: python examples/desk/main.py

It starts while the gateway is away, and goes on when it dies: each close is then answered by stand-ins that
say so, trainings stay due, and the backtest waits.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path

import headgate
from headgate.backoff import Backoff

import report
from desk import Desk

FIRST_CONNECTION_S = 1.0
ALONE = "it holds, limits and measures by itself; nothing is trained meanwhile"


def arguments() -> argparse.Namespace:
    """What may be said."""
    parser = argparse.ArgumentParser(description="A trading team's five modules on the S&P 500.")
    parser.add_argument("--url", help="the gateway (default: HEADGATE_URL, else 127.0.0.1:8470)")
    parser.add_argument("--days", type=int, default=504, help="trading days, the newest ones (default: 504)")
    parser.add_argument("--folds", type=int, default=8, help="half years of the backtest before (default: 8)")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two days (default: 0)")
    parser.add_argument(
        "--patience",
        type=float,
        default=600.0,
        help="seconds that the backtest has after them (default: 600)",
    )
    parser.add_argument("--out", type=Path, default=Path("out"), help="the folder of desk.svg and desk.json")
    return parser.parse_args()


def say(line: str) -> None:
    """Print at once: somebody watches."""
    print(line, flush=True)


class Screen:
    """Tells of the connection in words, once a change."""

    def __init__(self) -> None:
        self._connected = False
        self.ends = False
        """Whether the desk closes the connection itself, of which nobody need hear."""

    def heard(self, event: headgate.Event) -> None:
        """What happened; many attempts to connect are one absence."""
        if event.kind == "connected":
            self._connected = True
            say("gateway: connected")
        elif event.kind == "disconnected" and self._connected and not self.ends:
            self._connected = False
            say(f"gateway: lost. The desk goes on: {ALONE}")


def connected(url: str | None, screen: Screen) -> headgate.Client:
    """The process's client, which the drop-ins share; a gateway that is there has a moment to say so."""
    headgate.configure(
        url,
        client="desk",
        timeout=10.0,
        fallback_after=0.2,
        on_event=screen.heard,
        backoff=Backoff(0.05, 1.0),
    )
    client = headgate.default_client()
    try:
        client.run(asyncio.wait_for(client.gate.opened(), FIRST_CONNECTION_S))
    except (ConnectionError, TimeoutError, asyncio.TimeoutError):
        say(f"gateway: away. The desk starts without it: {ALONE}")
    return client


def main() -> None:
    """Trade the days, then tell."""
    asked, screen = arguments(), Screen()
    desk = Desk(connected(asked.url, screen), asked.days, asked.folds, say)
    desk.backtester.start()
    month = None
    for t in desk.days:
        line = desk.trade(t)
        if desk.bars.index[t].month != month:
            month = desk.bars.index[t].month
            say(line)
        time.sleep(asked.pause)
    if not desk.backtester.finish(asked.patience):
        done = f"{desk.backtester.folds_done} of {desk.backtester.folds} folds"
        say(f"backtester: ends with {done}; {desk.backtester.trouble or 'its patience is over'}")
    if desk.risks.trouble is not None:
        say(f"risk enhancements: the forest is not trained; {desk.risks.trouble}")
    desk.regimes.close()
    screen.ends = True
    told = desk.told()
    say("\n" + report.table(told["figures"], told["sources"]))
    whole = desk.bars.index[desk.backtest_days.start : desk.days.stop]
    say(f"\n{report.write(asked.out, whole, desk.curves(), desk.journal, told)}")


if __name__ == "__main__":
    main()
