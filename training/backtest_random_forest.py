"""Train ``backtest-random-forest``: the log return of the next five days, by a random forest.

``python -m training.backtest_random_forest``
"""

from sklearn.ensemble import RandomForestRegressor

from training import forward_return

NAME = "backtest-random-forest"
SEED = 7


def regressor() -> RandomForestRegressor:
    """Use shallow trees with big leaves, fitted on FP32 inputs so that the thresholds agree."""
    return RandomForestRegressor(
        n_estimators=100,
        max_depth=3,
        min_samples_leaf=200,
        max_features=1 / 3,
        random_state=SEED,
        n_jobs=1,
    )


if __name__ == "__main__":
    forward_return.make(NAME, regressor(), kind="a random forest", seed=SEED)
