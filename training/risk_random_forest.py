"""Train ``risk-random-forest``: how far below today's close the next month falls.

``python -m training.risk_random_forest``
"""

import numpy as np
import onnx
from numpy.typing import NDArray
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

from training import card, export
from training.data import Bars, Series, load_nasdaq, load_sp500
from training.dataset import Rows, golden_rows, rows_in
from training.features import feature_table, lagged, log_return
from training.fixtures import write_fixture
from training.split import TEST, TRAIN, VALIDATION

NAME = "risk-random-forest"
SEED = 7
OPSETS = {"": 17, "ai.onnx.ml": 3}
HORIZON_DAYS = 21
ELEVATED_LOSS, HIGH_LOSS = 0.02, 0.06  # log returns
LOW, ELEVATED, HIGH = 0, 1, 2
FEATURES = tuple(card.MEANINGS)  # all 16 features, in that order
LOG_VOLATILITY_21 = FEATURES.index("log_volatility_21")


def inputs(bars: Bars) -> NDArray[np.float64]:
    """Lay out the features as [n, 16]."""
    return feature_table(bars, FEATURES)


def worst_ahead(close: Series) -> Series:
    """Compute ln(lowest close of the next 21 days / C[t]); NaN at the end."""
    ahead = [
        lagged(log_return(close, days)[::-1], days)[::-1] for days in range(1, HORIZON_DAYS + 1)
    ]
    return np.asarray(np.min(ahead, axis=0), dtype=np.float64)


def risk(bars: Bars) -> Series:
    """Label day t: 2 for a fall below -6 % in 21 days, 1 below -2 %, else 0; NaN at the end."""
    worst = worst_ahead(bars.close)
    label = np.where(worst < -HIGH_LOSS, HIGH, np.where(worst < -ELEVATED_LOSS, ELEVATED, LOW))
    return np.where(np.isnan(worst), np.nan, label)


def train(rows: Rows) -> RandomForestClassifier:
    """Fit on FP32 inputs, as served, so that the thresholds agree."""
    forest = RandomForestClassifier(
        n_estimators=100, max_depth=3, min_samples_leaf=80, random_state=SEED, n_jobs=1
    )
    return forest.fit(rows.X, rows.y.astype(np.int64))


def score_line(name: str, p: NDArray[np.float64], y: NDArray[np.int64]) -> tuple[str, ...]:
    """Compute the log loss, the accuracy, and how well high and low risk are separated."""
    return (
        name,
        f"{log_loss(y, p):.4f}",
        f"{accuracy_score(y, p.argmax(axis=1)):.3f}",
        f"{roc_auc_score(y == HIGH, p[:, HIGH]):.3f}",
        f"{roc_auc_score(y != LOW, 1 - p[:, LOW]):.3f}",
    )


def scores(model: RandomForestClassifier, train_rows: Rows, test: Rows) -> str:
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
    return card.table(("forecast", "log loss", "accuracy", "AUC high", "AUC not low"), rows)


def shares(*parts: Rows) -> str:
    """Compute each part's share of low, elevated and high."""
    names = ("train", "validation", "test")
    counts = [np.bincount(part.y.astype(np.int64), minlength=3) / len(part.y) for part in parts]
    return "; ".join(
        f"{name} {' / '.join(f'{share:.2f}' for share in count)}"
        for name, count in zip(names, counts, strict=True)
    )


def to_graph(model: RandomForestClassifier) -> onnx.ModelProto:
    """Export the forest with plain tensors as outputs."""
    graph = to_onnx(
        model,
        initial_types=[("X", FloatTensorType([None, len(FEATURES)]))],
        options={"zipmap": False},
        target_opset=OPSETS,
    )
    assert isinstance(graph, onnx.ModelProto)
    return graph


def answers(model: RandomForestClassifier, X: NDArray[np.float32]) -> export.Arrays:
    """Return scikit-learn's own answers."""
    return {
        "label": model.predict(X).astype(np.int64),
        "probabilities": model.predict_proba(X).astype(np.float32),
    }


def main() -> None:
    """Train, score and publish the model."""
    sp500, nasdaq = load_sp500(), load_nasdaq()
    train_rows = rows_in(TRAIN, [sp500, nasdaq], inputs, risk)
    validation = rows_in(VALIDATION, [sp500, nasdaq], inputs, risk)
    test = rows_in(TEST, [sp500], inputs, risk)
    model = train(train_rows)
    expected = answers(model, test.X)
    _, first = np.unique(expected["label"], return_index=True)
    at = np.unique(np.concatenate([first, golden_rows(test)[-2:]]))
    export.publish(
        export.Model(
            name=NAME,
            description="The risk of a fall within the next 21 trading days (low, elevated or "
            "high), from 16 daily features of the market's state.",
            max_batch_size=256,
            inputs=[
                export.Tensor("X", "FP32", [16], "The features of day t, in the card's order.")
            ],
            outputs=[
                export.Tensor(
                    "label", "INT64", [], "The likeliest class: 0 low, 1 elevated, 2 high."
                ),
                export.Tensor(
                    "probabilities",
                    "FP32",
                    [3],
                    "The probabilities of low, elevated and high; they sum to 1.",
                ),
            ],
            graph=to_graph(model),
            made_by=card.versions("scikit-learn"),
            card=card.write_up(
                NAME,
                inputs=card.inputs_table(FEATURES),
                split=card.split_table(train_rows, validation, test),
                shares=shares(train_rows, validation, test),
                scores=scores(model, train_rows, test),
                versions=card.versions(
                    "scikit-learn", "skl2onnx", "onnx", "numpy", "pandas", "arch"
                ),
                seed=SEED,
                golden=card.dates(test, at),
            ),
        ),
        inputs={"X": test.X},
        outputs=expected,
        golden=at,
    )
    write_fixture(NAME, sp500, FEATURES, inputs)


if __name__ == "__main__":
    main()
