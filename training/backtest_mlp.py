"""Train ``backtest-mlp``: the log return of the next five days, by a small network.

``python -m training.backtest_mlp``
"""

import warnings

from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from training import forward_return

NAME = "backtest-mlp"
SEED = 7


def regressor() -> Pipeline:
    """Use a scaler and a 16-32-16-1 tanh network; strong shrinkage, as there is little to learn."""
    network = MLPRegressor(
        hidden_layer_sizes=(32, 16),
        activation="tanh",
        alpha=10.0,
        learning_rate_init=1e-3,
        max_iter=60,
        random_state=SEED,
    )
    return make_pipeline(StandardScaler(), network)


if __name__ == "__main__":
    # Reaching the limit of 60 passes is intended.
    warnings.simplefilter("ignore", ConvergenceWarning)
    forward_return.make(NAME, regressor(), kind="a small network", seed=SEED)
