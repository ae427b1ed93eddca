"""Train every model once more and keep the library's own objects in ``.kept/``, for the bench.

``python -m training.keep [NAME ...]``. Untracked: pickles are only as safe as who made them.
The graphs and cards of the repository are not touched. The policies take minutes.
"""

import pickle
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from training import (
    anomaly_isolation_forest,
    backtest_gradient_boosting,
    backtest_mlp,
    backtest_random_forest,
    direction,
    forward_return,
    lstm_regime,
    market_impact,
    news_tone_again,
    policy,
    policy_a2c,
    policy_dqn,
    policy_ppo,
    risk_random_forest,
    signal_lightgbm,
    signal_random_forest,
    signal_xgboost,
)
from training.data import load_nasdaq, load_sp500
from training.dataset import Inputs, Labels, Rows, rows_in
from training.split import TRAIN, VALIDATION, Period
from training.trading_env import days_in

KEPT = Path(__file__).resolve().parent / ".kept"


def rows(period: Period, inputs: Inputs, labels: Labels) -> Rows:
    """Return the rows of both markets that the models were trained on."""
    return rows_in(period, [load_sp500(), load_nasdaq()], inputs, labels)


def market_impact_net() -> object:
    """Train the torch network of ``market-impact``."""
    parts = [
        rows(p, market_impact.inputs, market_impact.next_day_impact) for p in (TRAIN, VALIDATION)
    ]
    return market_impact.train(*parts)[0].eval()


def regime_net() -> object:
    """Train the torch network of ``lstm-regime``."""
    parts = [rows(p, lstm_regime.inputs, lstm_regime.turbulent) for p in (TRAIN, VALIDATION)]
    return lstm_regime.train(*parts)[0].eval()


def signal(fit: Callable[[Rows], direction.Fitted]) -> Callable[[], object]:
    """Train one of the three ``signal-*`` classifiers."""
    return lambda: fit(rows(TRAIN, direction.inputs, direction.direction)).model


def backtest(regressor: Callable[[], forward_return.Regressor]) -> Callable[[], object]:
    """Train one of the three ``backtest-*`` regressors."""

    def train() -> object:
        part, model = rows(TRAIN, forward_return.inputs, forward_return.ahead), regressor()
        model.fit(part.X, part.y)
        return model

    return train


def risk() -> object:
    """Train the risk classifier."""
    module = risk_random_forest
    return module.train(rows(TRAIN, module.inputs, module.risk))


def anomaly() -> object:
    """Train the isolation forest."""
    module = anomaly_isolation_forest
    return module.train(rows(TRAIN, module.inputs, module.next_move).X)


def acting(family: policy.Family) -> Callable[[], object]:
    """Train a policy and return its acting part: stable-baselines3's policy with ``predict``."""

    def train() -> object:
        days = [days_in(TRAIN, bars) for bars in (load_sp500(), load_nasdaq())]
        return policy.train(family, days).policy

    return train


TRAINERS: dict[str, Callable[[], object]] = {
    "market-impact": market_impact_net,
    "lstm-regime": regime_net,
    "signal-random-forest": signal(signal_random_forest.fit),
    "signal-xgboost": signal(signal_xgboost.fit),
    "signal-lightgbm": signal(signal_lightgbm.fit),
    "backtest-mlp": backtest(backtest_mlp.regressor),
    "backtest-random-forest": backtest(backtest_random_forest.regressor),
    "backtest-gradient-boosting": backtest(backtest_gradient_boosting.regressor),
    "risk-random-forest": risk,
    "anomaly-isolation-forest": anomaly,
    "policy-ppo": acting(policy_ppo.FAMILY),
    "policy-a2c": acting(policy_a2c.FAMILY),
    "policy-dqn": acting(policy_dqn.FAMILY),
    "news-tone": news_tone_again.answerer,
}


def main(names: Sequence[str]) -> None:
    """Keep the named models, or all."""
    KEPT.mkdir(exist_ok=True)
    warnings.simplefilter("ignore")
    for name in names or TRAINERS:
        (KEPT / f"{name}.pickle").write_bytes(pickle.dumps(TRAINERS[name]()))
        print(f"{name}: kept", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
