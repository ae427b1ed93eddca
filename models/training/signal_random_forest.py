"""Train ``signal-random-forest``: down, flat or up over the next five days.

``python -m training.signal_random_forest``
"""

import numpy as np
import onnx
from numpy.typing import NDArray
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from training import card, export
from training.data import Bars, Series, load_nasdaq, load_sp500
from training.dataset import Rows, golden_rows, rows_in
from training.features import feature_table, lagged, log_return
from training.fixtures import write_fixture
from training.split import TEST, TRAIN, VALIDATION

NAME = "signal-random-forest"
SEED = 7
OPSETS = {"": 17, "ai.onnx.ml": 3}
HORIZON_DAYS = 5
FLAT = 0.01  # a five-day log return within ±1 % is flat
DOWN, FLAT_CLASS, UP = 0, 1, 2
FEATURES = (
    "return_1",
    "return_5",
    "return_21",
    "drawdown_63",
    "log_range_1",
    "log_range_5",
    "log_range_21",
    "log_volatility_5",
    "log_volatility_21",
    "downside_share_21",
    "close_location_1",
    "log_relative_volume_1",
)
LOG_VOLATILITY_21 = FEATURES.index("log_volatility_21")


def inputs(bars: Bars) -> NDArray[np.float64]:
    """[n, 12]."""
    return feature_table(bars, FEATURES)


def direction(bars: Bars) -> Series:
    """Label day t by ln(C[t+5] / C[t]): 0 below -1 %, 2 above +1 %, 1 between; NaN at the end."""
    ahead = lagged(log_return(bars.close, HORIZON_DAYS)[::-1], HORIZON_DAYS)[::-1]
    label = np.where(ahead < -FLAT, DOWN, np.where(ahead > FLAT, UP, FLAT_CLASS))
    return np.where(np.isnan(ahead), np.nan, label)


def train(rows: Rows) -> Pipeline:
    """Fit scaler and forest on FP32 inputs, as served, so that the thresholds agree."""
    forest = RandomForestClassifier(
        n_estimators=100, max_depth=6, min_samples_leaf=80, random_state=SEED, n_jobs=1
    )
    return make_pipeline(StandardScaler(), forest).fit(rows.X, rows.y.astype(np.int64))


def score_line(name: str, p: NDArray[np.float64], y: NDArray[np.int64]) -> tuple[str, ...]:
    """Log loss, accuracy, and the two questions inside: will it move, and which way."""
    moved = y != FLAT_CLASS
    upward = p[moved, UP] / (p[moved, UP] + p[moved, DOWN])
    return (
        name,
        f"{log_loss(y, p):.4f}",
        f"{accuracy_score(y, p.argmax(axis=1)):.3f}",
        f"{roc_auc_score(~moved, p[:, FLAT_CLASS]):.3f}",
        f"{roc_auc_score(y[moved] == UP, upward):.3f}",
    )


def scores(model: Pipeline, train_rows: Rows, test: Rows) -> str:
    """Compare with class frequencies and with volatility alone, on the test rows."""
    y_train, y = train_rows.y.astype(np.int64), test.y.astype(np.int64)
    frequencies = np.tile(np.bincount(y_train) / len(y_train), (len(y), 1))
    volatility = slice(LOG_VOLATILITY_21, LOG_VOLATILITY_21 + 1)
    logistic = LogisticRegression().fit(train_rows.X[:, volatility], y_train)
    rows = [
        score_line("**this model**", model.predict_proba(test.X), y),
        score_line(
            "logistic, log_volatility_21 only", logistic.predict_proba(test.X[:, volatility]), y
        ),
        score_line("training frequencies", frequencies, y),
    ]
    header = ("forecast", "log loss", "accuracy", "AUC flat or not", "AUC up or down, if not flat")
    return card.table(header, rows)


def to_graph(model: Pipeline) -> onnx.ModelProto:
    """Export scaler and forest as one graph with plain tensors out."""
    graph = to_onnx(
        model,
        initial_types=[("X", FloatTensorType([None, len(FEATURES)]))],
        options={"zipmap": False},
        target_opset=OPSETS,
    )
    assert isinstance(graph, onnx.ModelProto)
    return graph


def answers(model: Pipeline, X: NDArray[np.float32]) -> export.Arrays:
    """Ask scikit-learn itself."""
    return {
        "label": model.predict(X).astype(np.int64),
        "probabilities": model.predict_proba(X).astype(np.float32),
    }


def golden_of_each_label(model: Pipeline, test: Rows) -> NDArray[np.intp]:
    """Choose five held-out rows: one for each answer, and two more."""
    _, first = np.unique(model.predict(test.X), return_index=True)
    return np.sort(np.concatenate([first, golden_rows(test)[-2:]]))


def main() -> None:
    """Train, score, publish."""
    sp500, nasdaq = load_sp500(), load_nasdaq()
    train_rows = rows_in(TRAIN, [sp500, nasdaq], inputs, direction)
    validation = rows_in(VALIDATION, [sp500, nasdaq], inputs, direction)
    test = rows_in(TEST, [sp500], inputs, direction)
    model = train(train_rows)
    at = golden_of_each_label(model, test)
    export.publish(
        export.Model(
            name=NAME,
            description="Down, flat or up over the next five trading days, from 12 daily features "
            "of the market's state",
            max_batch_size=64,
            inputs=[export.Tensor("X", "FP32", [12], "Features of day t, in the card's order")],
            outputs=[
                export.Tensor("label", "INT64", [], "Likeliest class: 0 down, 1 flat, 2 up"),
                export.Tensor("probabilities", "FP32", [3], "Of down, flat and up; they sum to 1"),
            ],
            graph=to_graph(model),
            made_by=card.versions("scikit-learn"),
            card=card.write_up(
                NAME,
                inputs=card.inputs_table(FEATURES),
                split=card.split_table(train_rows, validation, test),
                scores=scores(model, train_rows, test),
                versions=card.versions(
                    "scikit-learn", "skl2onnx", "onnx", "numpy", "pandas", "arch"
                ),
                seed=SEED,
                always_flat=f"{(test.y == FLAT_CLASS).mean():.3f}",
                golden=card.dates(test, at),
            ),
        ),
        inputs={"X": test.X},
        outputs=answers(model, test.X),
        golden=at,
    )
    write_fixture(NAME, sp500, FEATURES, inputs)


if __name__ == "__main__":
    main()
