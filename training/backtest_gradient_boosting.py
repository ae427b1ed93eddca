"""Train ``backtest-gradient-boosting``: the log return of the next five days, by gradient boosting.

``python -m training.backtest_gradient_boosting``
"""

from sklearn.ensemble import GradientBoostingRegressor

from training import forward_return

NAME = "backtest-gradient-boosting"
SEED = 7


def regressor() -> GradientBoostingRegressor:
    """Use few shallow trees, fitted on FP32 inputs as served, so that the thresholds agree."""
    return GradientBoostingRegressor(
        n_estimators=50,
        max_depth=3,
        learning_rate=0.03,
        subsample=0.5,
        min_samples_leaf=80,
        max_features=1 / 3,
        random_state=SEED,
    )


if __name__ == "__main__":
    forward_return.make(NAME, regressor(), kind="gradient boosting", seed=SEED)
