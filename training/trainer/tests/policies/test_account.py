"""The arithmetic of accounts, rewards, actions and ranges, against values worked out by hand."""

from typing import Any

import numpy as np
import pytest
from markets import options_of

from headgate_trainer.failure import TrainingError
from headgate_trainer.policies.account import RUIN, costs_of, rows_held, trade
from headgate_trainer.policies.actions import actions_of
from headgate_trainer.policies.ranges import resolve_ranges
from headgate_trainer.policies.rewards import reward_of

COSTS = costs_of(cost=10, slippage=5, borrow=252, periods_per_year=252)


def test_basis_points_become_shares() -> None:
    assert COSTS.trading == pytest.approx(0.0015)
    assert COSTS.borrow == pytest.approx(0.0001)


def test_a_trade_pays_for_what_it_moves_and_earns_what_it_holds() -> None:
    # From nothing to 80 % in one asset that rises by 10 %, and 30 % short in one that falls by 20 %.
    done = trade(np.zeros((1, 2)), np.array([[0.8, -0.3]]), np.array([[0.1, -0.2]]), COSTS)
    left = 1 + 0.8 * 0.1 + 0.3 * 0.2 - 0.0015 * 1.1 - 0.0001 * 0.3
    assert done.growth[0] == pytest.approx(left, abs=1e-15)
    assert done.turnover[0] == pytest.approx(1.1)
    assert done.weights[0] == pytest.approx([0.8 * 1.1 / left, -0.3 * 0.8 / left])
    assert not done.ruined[0]


def test_borrowed_cash_is_paid_for() -> None:
    held = np.array([[1.5]])
    assert trade(held, held, np.zeros((1, 1)), COSTS).growth[0] == pytest.approx(1 - 0.0001 * 0.5)


def test_weights_that_are_kept_cost_nothing_and_an_account_adds_up() -> None:
    draw = np.random.default_rng(0)
    returns = draw.normal(size=(50, 3)) * 0.02
    weights, equity, values = np.array([[0.2, 0.3, 0.1]]), 1.0, np.array([0.2, 0.3, 0.1])
    cash = 0.4
    for row in returns:
        done = trade(weights, weights, row[None], COSTS)
        weights, equity = done.weights, equity * done.growth[0]
        values = values * (1 + row)
        assert done.turnover[0] == 0
    assert equity == pytest.approx(values.sum() + cash, rel=1e-12)
    assert weights[0] * equity == pytest.approx(values, rel=1e-12)


def test_an_account_that_loses_all_is_ruined_and_not_below_zero() -> None:
    done = trade(np.zeros((2, 1)), np.array([[-1.0], [1.0]]), np.array([[1.5], [0.1]]), COSTS)
    assert done.ruined.tolist() == [True, False]
    assert done.growth[0] == RUIN
    assert done.weights[0, 0] == 0
    assert np.isfinite(np.log(done.growth)).all()


def test_rows_are_counted_since_a_position_changed_its_sign() -> None:
    held = np.array([[0, 0, 0]])
    weights = np.array([[0.0, 0.5, -0.5]])
    held = rows_held(held, weights, np.array([[0.3, 0.5, -0.2]]))
    assert held.tolist() == [[1, 1, 1]]
    held = rows_held(held, np.array([[0.3, 0.5, -0.2]]), np.array([[0.1, -0.5, 0.0]]))
    assert held.tolist() == [[2, 1, 1]]


def reward(kind: str, **more: Any) -> Any:
    return reward_of(options_of(reward={"kind": kind} | more)["reward"], 1)


def rewards(one: Any, growths: list[float]) -> list[float]:
    return [float(one.of(np.array([growth]))[0]) for growth in growths]


def test_log_returns_are_in_per_cent_by_default() -> None:
    assert rewards(reward("log_return"), [1.01]) == pytest.approx([100 * np.log(1.01)])


def test_differential_sharpe_is_the_derivative_of_the_running_ratio() -> None:
    rate, volatility = 1e-7, 0.02
    one = reward("differential_sharpe", rate=rate, initial_volatility=volatility)
    values, got = [0.01, -0.02, 0.015], []
    mean, square = 0.0, volatility**2
    for value in values:
        got.append(rewards(one, [1 + value])[0])
        before = mean / np.sqrt(square - mean**2)
        mean, square = mean + rate * (value - mean), square + rate * (value**2 - square)
        after = mean / np.sqrt(square - mean**2)
        assert got[-1] == pytest.approx((after - before) / rate, rel=1e-4)


def test_differential_sharpe_stays_finite_when_nothing_moves() -> None:
    one = reward("differential_sharpe", rate=1)
    assert np.isfinite(rewards(one, [1.0] * 50 + [1.2, 0.8])).all()


def test_only_a_deeper_drawdown_is_penalised_and_an_episode_begins_at_its_peak() -> None:
    one = reward("drawdown_penalised", penalty=2, scale=1)
    got = rewards(one, [0.9, 1.05, 0.8, 1.5])
    logs = np.log([0.9, 1.05, 0.8, 1.5])
    deeper = [0.1, 0.0, 0.9 * 1.05 - 0.9 * 1.05 * 0.8, 0.0]
    assert got == pytest.approx(logs - 2 * np.array(deeper))
    assert rewards(one, [0.5]) == pytest.approx([np.log(0.5) - 1.0])
    one.restart(np.array([0]))
    assert rewards(one, [0.9]) == pytest.approx([np.log(0.9) - 0.2])


def test_a_new_episode_of_differential_sharpe_remembers_nothing() -> None:
    one = reward("differential_sharpe")
    first = rewards(one, [1.01, 0.97])
    one.restart(np.array([0]))
    assert rewards(one, [1.01, 0.97]) == first


def test_actions_are_clipped_and_a_portfolio_is_scaled_to_its_gross_limit() -> None:
    weight = actions_of({"kind": "weight", "low": -0.5, "high": 1.0}, 1)
    assert weight.weights(np.array([[-3], [0.25], [2]]))[:, 0].tolist() == [-0.5, 0.25, 1.0]
    portfolio = actions_of({"kind": "portfolio", "low": -1, "high": 1, "gross_limit": 1.0}, 3)
    got = portfolio.weights(np.array([[1, -1, 0.5], [0.2, 0.2, -0.2], [0, 0, 0]]))
    assert got[0] == pytest.approx([0.4, -0.4, 0.2])
    assert got[1:].tolist() == [[0.2, 0.2, -0.2], [0, 0, 0]]
    targets = actions_of({"kind": "discrete", "targets": [[1, 0], [0, 1]]}, 2)
    assert targets.weights(np.array([1, 0])).tolist() == [[0, 1], [1, 0]]


def ranges(given: dict[str, Any], rows: int = 100, first: int = 0) -> Any:
    return resolve_ranges(options_of(ranges=given)["ranges"], rows, first)


def test_shares_leave_the_embargo_between_the_ranges() -> None:
    found = ranges({"kind": "shares", "embargo": 5}, rows=120, first=10)
    assert (found.train, found.validation, found.test) == ((10, 70), (75, 95), (100, 120))


def test_ranges_begin_with_the_first_row_that_has_its_history() -> None:
    found = ranges({"kind": "rows", "train": [0, 50], "test": [50, 80]}, first=20)
    assert (found.train, found.validation, found.test) == ((20, 50), None, (50, 80))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"train": [0, 50], "validation": [40, 60]}, r"ranges\.validation: begins at row 40, and train ends at 50: they overlap"),
        ({"train": [0, 50], "test": [49, 60]}, r"ranges\.test: .*overlap"),
        ({"train": [0, 50], "validation": [52, 60], "embargo": 5}, r"ranges\.validation: .* asks for row 55"),
        ({"train": [50, 60], "test": [0, 20]}, r"ranges\.test: .*overlap"),
        ({"train": [0, 101]}, r"ranges\.train: ends at row 101, and prices has 100"),
        ({"train": [5, 6]}, r"ranges\.train: .* has no step"),
        ({"train": [9, 3]}, r"ranges\.train: .* has no step"),
    ],
)  # fmt: skip
def test_overlap_and_leaks_are_refused_by_field(given: dict[str, Any], said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        ranges({"kind": "rows"} | given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"train": 0.9}, "add up to 1.3"),
        ({"train": 0}, "train: must be above 0"),
        ({"train": 0.5, "validation": 0.01}, "validation: has 1 rows"),
        ({"embargo": 60}, "train: has 0 rows"),
    ],
)
def test_shares_that_leave_a_range_without_a_step_are_refused(
    given: dict[str, Any], said: str
) -> None:
    with pytest.raises(TrainingError, match=said):
        ranges({"kind": "shares"} | given)
