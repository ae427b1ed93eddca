"""A policy that is trained, published, and asked day by day: python examples/policy/main.py

It needs a gateway that may train (`headgate trainer install --with rl`). Nothing here imports torch.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import headgate
import numpy as np
from headgate.rl import PPO, TradingEnvironment

from market import COST, RANGES, Market, load
from picture import picture
from trader import Series, Trader, equity, holding


def arguments() -> argparse.Namespace:
    """What may be said."""
    parser = argparse.ArgumentParser(
        description="A trading policy on the S&P 500, and an agent that asks it."
    )
    parser.add_argument("--url", help="the gateway (default: HEADGATE_URL, else 127.0.0.1:8470)")
    parser.add_argument("--steps", type=int, default=200_000, help="days to play for each seed")
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds are trained (default: 3)")
    parser.add_argument("--policy", default="index-trader", help="the model's name")
    parser.add_argument("--only-trade", action="store_true", help="ask the policy that is published already")
    parser.add_argument("--out", type=Path, default=Path("out"), help="the folder of policy.svg")
    return parser.parse_args()


def train(market: Market, name: str, steps: int, seeds: int) -> PPO:
    """The policy, published with a card that tells how each seed did beside holding."""
    env = TradingEnvironment(market.prices, market.features, cost=COST, ranges=RANGES)
    model = PPO(
        "MlpPolicy", env, n_steps=256, batch_size=256, n_epochs=5, gamma=0.9, gae_lambda=0.9,
        policy_kwargs={"net_arch": [32, 32]}, vec_normalize={"norm_obs": False},
        seeds=list(range(seeds)), eval_freq=20_000,
    )  # fmt: skip
    return model.learn(steps, progress=True, publish=name)


def figures(name: str, curve: Series) -> str:
    """Growth and risk of an equity curve of days."""
    returns = np.diff(np.log(curve))
    growth, volatility = 252 * returns.mean(), np.sqrt(252) * returns.std()
    worst = (1 - curve / np.maximum.accumulate(curve)).max()
    ratio = growth / volatility if volatility > 0 else 0.0
    return f"{name:12} growth a year {growth:+7.1%}   ratio {ratio:+5.2f}   worst loss {worst:6.1%}"


def main() -> None:
    """Train, publish, trade, draw."""
    asked, market = arguments(), load()
    headgate.configure(asked.url, client="policy example", timeout=30.0)
    model = None if asked.only_trade else train(market, asked.policy, asked.steps, asked.seeds)
    if model is not None:
        print(f"\n{model.summary}\n")
    days = market.test_days()
    curve, held = equity(Trader(headgate.default_client(), asked.policy, market), days)
    curves = {asked.policy: curve, "holding": holding(market, days), "flat": np.ones(len(days))}
    for name, each in curves.items():
        print(figures(name, each))
    print(f"held: mean {held.mean():+.2f}, from {held.min():+.2f} to {held.max():+.2f}")
    if model is not None:
        chosen = list(model.evaluation["seeds"]).index(int(model.evaluation["chosen_seed"]))
        apart = np.abs(curve / model.evaluation["test_equity"][chosen] - 1).max()
        print(f"the agent's equity is within {apart:.1e} of what the trainer evaluated")
    dates = [each.date() for each in market.prices.index[days.start : days.stop]]
    asked.out.mkdir(parents=True, exist_ok=True)
    title = "A policy beside holding, on days that it was not trained on"
    text = picture(
        dates,
        {name: np.log(each) for name, each in curves.items()},
        np.zeros(len(days), dtype=bool),
        title,
        f"S&P 500, after {COST:g} basis points of what is traded; asked at each close",
    )
    (asked.out / "policy.svg").write_text(text, encoding="utf-8")
    print(f"drawn: {asked.out / 'policy.svg'}")


if __name__ == "__main__":
    main()
