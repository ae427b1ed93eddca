"""The five modules around one book: what happens at each close, and what is told of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import headgate
import numpy as np

import report
from backtester import REFIT_EVERY, Backtester, models
from bars import features, load, returns
from picture import Series
from regime_agent import RegimeAgent
from risk_enhancements import RiskEnhancements
from risk_manager import RiskManager
from strategy_agent import StrategyAgent


class Desk:
    """The modules, which share the process's client.

    :param days: how many are traded, the newest ones; the backtest's folds lie before them
    :param say: prints a line; called in several threads
    """

    def __init__(self, client: headgate.Client, days: int, folds: int, say: Callable[[str], None]) -> None:
        self.bars = load()
        self.daily, self.features = returns(self.bars), features(self.bars)
        self.days = range(len(self.bars) - 1 - days, len(self.bars) - 1)
        self.backtest_days = range(self.days.start - folds * REFIT_EVERY, self.days.start)
        self.backtester = Backtester(self.features, self.daily, self.backtest_days, say=say)
        self.risks = RiskEnhancements(client, self.features, self.bars)
        self.manager = RiskManager(client)
        self.strategy = StrategyAgent(client)
        # A name of its own: this is a replay, and a live feed's stream would refuse days before its newest.
        name, past = f"desk-{os.getpid()}", self.daily.iloc[: self.days.start]
        self.regimes = RegimeAgent(client, name, past, lambda change: say(_told(change)))
        self.journal = report.Journal()
        self._say, self._held = say, 0.0

    def trade(self, t: int) -> str:
        """The close of day t; the line that the screen may show of it."""
        journal, today = self.journal, self.features.iloc[t]
        if self.risks.retrain(t):
            self._say(f"risk enhancements: version {self.risks.version} of the forest of risky days serves")
        regime = self.regimes.observe(self.daily.iloc[: t + 1])
        risk = self.risks.measure(t)
        wish = self.strategy.wish(today, self._held)
        order = self.manager.order(wish.position, self._held, risk, regime.name, today)
        gain = order.position * float(self.daily.iloc[t + 1])
        journal.breaks += gain < -abs(order.position) * risk.value_at_risk
        journal.returns.append(gain - order.cost)
        journal.positions.append(order.position)
        journal.turbulent.append(regime.name == "turbulent")
        answers = {
            "strategy agent": wish.sources,
            "regime agent": [regime.source],
            "risk enhancements, VaR": [risk.var_source],
            "risk enhancements, risky days": [risk.risky_source],
            "risk manager, impact": [order.source],
        }
        for module, sources in answers.items():
            journal.sources[module].update(sources)
        self._held = order.position
        given = [source for sources in answers.values() for source in sources]
        local = sum(source != "gateway" for source in given)
        by = "all from the gateway" if local == 0 else f"{local} of {len(given)} answers are the desk's own"
        return (
            f"{self.bars.index[t].date()} holds {order.position:+.2f} of at most {order.limit:.2f}, "
            f"VaR {risk.value_at_risk:.2%}, risky {risk.risky:.0%}, {regime.name}; {by}"
        )

    def told(self) -> dict[str, Any]:
        """The figures of the traded days and of the backtest, and who answered."""
        index = self.daily.to_numpy()[self.days.start + 1 : self.days.stop + 1]
        figures = {"desk": report.figures(np.array(self.journal.returns)), "index": report.figures(index)}
        for name in models():
            figures[f"backtest, {name}"] = report.figures(self.backtester.returns(name))
        return {
            "days": len(self.journal.returns),
            "figures": figures,
            "sources": {**self.journal.sources, "backtester, fits": self.backtester.sources},
            "folds": [self.backtester.folds_done, self.backtester.folds],
            "published": self.risks.published,
            "changes": [[change.from_, change.to, change.observed_ts] for change in self.regimes.changes],
            "beyond_the_limit": self.manager.breaches,
            "beyond_the_var": self.journal.breaks,
            "positions": [round(each, 6) for each in self.journal.positions],
        }

    def curves(self) -> dict[str, Series]:
        """The log returns of each day from the backtest's first to the last; NaN where nothing was held."""
        whole = range(self.backtest_days.start, self.days.stop)
        desk = np.full(len(whole), np.nan)
        desk[-len(self.journal.returns) :] = self.journal.returns
        index = self.daily.to_numpy()[whole.start + 1 : whole.stop + 1]
        found = {"the desk": desk, "the index": index}
        for name in models():
            backtested = self.backtester.returns(name)
            found[f"backtest, {name}"] = np.append(backtested, np.full(len(whole) - len(backtested), np.nan))
        return found


def _told(change: headgate.Change) -> str:
    day = np.datetime64(int(change.observed_ts), "ms").astype("datetime64[D]")
    return f"regime agent: {day} {change.from_} -> {change.to}, told by the gateway"
