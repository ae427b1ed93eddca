"""The environments: gymnasium's and stable-baselines3's checkers, copies in numpy, and causality."""

import warnings
from typing import Any

import numpy as np
import pytest

gymnasium = pytest.importorskip("gymnasium")
pytest.importorskip("stable_baselines3")

from gymnasium.utils.env_checker import check_env as check_gymnasium  # noqa: E402
from markets import KINDS, REWARDS, assets_of, features_of, given, options_of, prices_of  # noqa: E402
from stable_baselines3.common.env_checker import check_env as check_baselines  # noqa: E402
from stable_baselines3.common.monitor import Monitor  # noqa: E402
from stable_baselines3.common.vec_env import DummyVecEnv  # noqa: E402

from headgate_trainer.policies.market import Market  # noqa: E402
from headgate_trainer.policies.ranges import resolve_ranges  # noqa: E402
from headgate_trainer.policies.trading_env import TradingEnv  # noqa: E402
from headgate_trainer.policies.vector_env import TradingVecEnv  # noqa: E402

ROWS = 400


def env_of(kind: str, **more: Any) -> TradingEnv:
    return TradingEnv(prices_of(ROWS, assets_of(kind)), features_of(ROWS), given(kind, **more))


@pytest.mark.parametrize("kind", KINDS)
def test_both_checkers_pass(kind: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Bounds that are infinite, or not symmetric, are meant.
        check_gymnasium(env_of(kind), skip_render_check=True)
        check_baselines(env_of(kind))


def actions_of(env: Any, kind: str, n: int, seed: int) -> Any:
    draw = np.random.default_rng(seed)
    if kind == "discrete":
        return draw.integers(env.action_space.n, size=n)
    return draw.uniform(-2, 2, size=(n, assets_of(kind))).astype(np.float32)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reward", REWARDS)
@pytest.mark.parametrize("n", [1, 5])
def test_copies_in_numpy_equal_single_environments_digit_for_digit(
    kind: str, reward: str, n: int
) -> None:
    prices, features = prices_of(ROWS, assets_of(kind)), features_of(ROWS)
    more = {"reward": {"kind": reward}}
    options = options_of(kind, **more)
    market = Market(prices, features, options)
    train = resolve_ranges(options["ranges"], market.rows, market.first).train
    ours = TradingVecEnv(market, options, train, n, seed=11)
    single = DummyVecEnv(
        [lambda: Monitor(TradingEnv(prices, features, given(kind, **more))) for _ in range(n)]
    )
    single.seed(11)
    ended = 0
    assert np.array_equal(ours.reset(), single.reset())
    for step in range(100):
        actions = actions_of(ours, kind, n, step)
        got, want = ours.step(actions), single.step(actions)
        for mine, its in zip(got[:3], want[:3], strict=True):
            assert mine.dtype == its.dtype
            assert np.array_equal(mine, its)
        for mine, its in zip(got[3], want[3], strict=True):
            if "terminal_observation" in its:
                ended += 1
                assert np.array_equal(mine["terminal_observation"], its["terminal_observation"])
                assert mine["TimeLimit.truncated"] == its["TimeLimit.truncated"]
                assert mine["episode"]["l"] == its["episode"]["l"]
                assert mine["episode"]["r"] == pytest.approx(its["episode"]["r"], abs=1e-5)
    assert ended == 3 * n


def test_an_episode_begins_flat_and_its_end_is_a_matter_of_time() -> None:
    env = env_of("weight")
    for seed in range(3):
        observation, _ = env.reset(seed=seed)
        assert observation[-3:].tolist() == [0.0, 1.0, 0.0]
        for step in range(30):
            observation, _, terminated, truncated, _ = env.step(np.array([0.5], dtype=np.float32))
            assert not terminated
            assert truncated == (step == 29)
        assert observation[-3:] == pytest.approx([0.5, 0.5, np.log(31)], abs=0.05)


def test_a_ruined_account_ends_its_episode() -> None:
    prices = np.full((60, 1), 100.0)
    prices[40:] = 300.0
    short = {"actions": {"kind": "weight"}, "scaling": {"kind": "none"}, "episode_length": None}
    env = TradingEnv(prices, None, short, rows=(0, 60))
    env.reset(seed=0)
    while not (ended := env.step(np.array([-1.0], dtype=np.float32)))[2]:
        assert not ended[3]
    assert env.simulation.at[0] == 40
    assert not ended[3]
    assert ended[1] == pytest.approx(100 * np.log(1e-3))


def test_a_wide_portfolio_sums_in_the_same_order_alone_and_among_others() -> None:
    options = options_of("portfolio")
    market = Market(prices_of(ROWS, 37), None, options)
    train = resolve_ranges(options["ranges"], market.rows, market.first).train
    many = TradingVecEnv(market, options, train, 64, seed=0)
    alone = TradingVecEnv(market, options, train, 1, seed=0)
    many.reset(), alone.reset()
    for step in range(40):
        actions = np.random.default_rng(step).uniform(-1, 1, (64, 37)).astype(np.float32)
        got, want = many.step(actions), alone.step(actions[:1])
        assert np.array_equal(got[0][:1], want[0])
        assert got[1][0] == want[1][0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reward", REWARDS)
@pytest.mark.parametrize("seed", range(3))
def test_the_future_changes_no_observation_and_no_reward(kind: str, reward: str, seed: int) -> None:
    draw = np.random.default_rng(seed)
    now = int(draw.integers(60, 200))
    prices, features = prices_of(ROWS, assets_of(kind), seed), features_of(ROWS, seed=seed)
    other_prices, other_features = prices.copy(), features.copy()
    other_prices[now + 1 :] *= draw.uniform(0.5, 2, size=other_prices[now + 1 :].shape)
    other_features[now + 1 :] = draw.normal(size=other_features[now + 1 :].shape) * 1e6
    seen = []
    for each in ((prices, features), (other_prices, other_features)):
        env = TradingEnv(
            *each, given(kind, reward={"kind": reward}, episode_length=None), rows=(0, ROWS)
        )
        rows = [(env.reset(seed=1)[0], 0.0)]
        while env.simulation.at[0] < now:
            action = actions_of(env, kind, 1, len(rows))[0]
            observation, value, *_ = env.step(action)
            rows.append((observation, value))
        # The reward of the step to the next row is the first thing that may differ.
        rest = env.step(action)[1]
        seen.append((rows, rest))
    assert len(seen[0][0]) > 20
    for (one, value), (other, its) in zip(seen[0][0], seen[1][0], strict=True):
        assert np.array_equal(one, other)
        assert value == its
    assert seen[0][1] != seen[1][1]
