"""Down, flat or up over the next five days: the task of the three ``signal-*`` models."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import onnx
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

from training import card, export
from training.data import Bars, Series, load_nasdaq, load_sp500
from training.dataset import Rows, golden_rows, rows_in
from training.features import feature_table, lagged, log_return
from training.fixtures import write_fixture
from training.split import TEST, TRAIN, VALIDATION

HORIZON_DAYS = 5
FLAT = 0.01  # a five-day log return within ±1 % counts as flat
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
PACKAGES = ("numpy", "pandas", "arch")
LOG_VOLATILITY_21 = FEATURES.index("log_volatility_21")


class Classifier(Protocol):
    """The methods that scikit-learn's, XGBoost's and LightGBM's classifiers share."""

    def predict(self, X: NDArray[np.float32]) -> NDArray[Any]:
        """Return the classes, [m]."""

    def predict_proba(self, X: NDArray[np.float32]) -> NDArray[Any]:
        """Return the probabilities, [m, 3]."""


@dataclass(frozen=True)
class Fitted:
    """A trained classifier and its graph, with outputs ``label`` and ``probabilities``."""

    model: Classifier
    graph: onnx.ModelProto


def inputs(bars: Bars) -> NDArray[np.float64]:
    """Lay out the features as [n, 12]."""
    return feature_table(bars, FEATURES)


def direction(bars: Bars) -> Series:
    """Label day t by ln(C[t+5] / C[t]): 0 below -1 %, 2 above +1 %, 1 between; NaN at the end."""
    ahead = lagged(log_return(bars.close, HORIZON_DAYS)[::-1], HORIZON_DAYS)[::-1]
    label = np.where(ahead < -FLAT, DOWN, np.where(ahead > FLAT, UP, FLAT_CLASS))
    return np.where(np.isnan(ahead), np.nan, label)


def score_line(name: str, p: NDArray[np.float64], y: NDArray[np.int64]) -> tuple[str, ...]:
    """Compute the log loss, the accuracy, and scores for whether the index moves and which way."""
    moved = y != FLAT_CLASS
    upward = p[moved, UP] / (p[moved, UP] + p[moved, DOWN])
    return (
        name,
        f"{log_loss(y, p):.4f}",
        f"{accuracy_score(y, p.argmax(axis=1)):.3f}",
        f"{roc_auc_score(~moved, p[:, FLAT_CLASS]):.3f}",
        f"{roc_auc_score(y[moved] == UP, upward):.3f}",
    )


def scores(model: Classifier, train_rows: Rows, test: Rows) -> str:
    """Compare with class frequencies and with volatility alone, on the test rows."""
    y_train, y = train_rows.y.astype(np.int64), test.y.astype(np.int64)
    frequencies = np.tile(np.bincount(y_train) / len(y_train), (len(y), 1))
    volatility = slice(LOG_VOLATILITY_21, LOG_VOLATILITY_21 + 1)
    logistic = LogisticRegression().fit(train_rows.X[:, volatility], y_train)
    # Probabilities in FP32 add up to 1 only to seven digits.
    p = model.predict_proba(test.X).astype(np.float64)
    rows = [
        score_line("**this model**", p / p.sum(axis=1, keepdims=True), y),
        score_line(
            "logistic, log_volatility_21 only", logistic.predict_proba(test.X[:, volatility]), y
        ),
        score_line("training frequencies", frequencies, y),
    ]
    header = ("forecast", "log loss", "accuracy", "AUC flat or not", "AUC up or down, if not flat")
    return card.table(header, rows)


def answers(model: Classifier, X: NDArray[np.float32]) -> export.Arrays:
    """Return the training library's own answers."""
    return {
        "label": model.predict(X).astype(np.int64),
        "probabilities": model.predict_proba(X).astype(np.float32),
    }


def golden_of_each_label(model: Classifier, test: Rows) -> NDArray[np.intp]:
    """Choose five held-out rows: one for each class, and two more."""
    _, first = np.unique(model.predict(test.X), return_index=True)
    return np.sort(np.concatenate([first, golden_rows(test)[-2:]]))


def make(
    name: str, fit: Callable[[Rows], Fitted], *, library: str, converter: str, seed: int
) -> None:
    """Train on the training rows only, score on the test rows, and publish."""
    sp500, nasdaq = load_sp500(), load_nasdaq()
    train_rows = rows_in(TRAIN, [sp500, nasdaq], inputs, direction)
    validation = rows_in(VALIDATION, [sp500, nasdaq], inputs, direction)
    test = rows_in(TEST, [sp500], inputs, direction)
    fitted = fit(train_rows)
    at = golden_of_each_label(fitted.model, test)
    export.publish(
        export.Model(
            name=name,
            description="The direction of the next five trading days (down, flat or up), from 12 "
            "daily features of the market's state.",
            max_batch_size=256,
            inputs=[
                export.Tensor("X", "FP32", [12], "The features of day t, in the card's order.")
            ],
            outputs=[
                export.Tensor("label", "INT64", [], "The likeliest class: 0 down, 1 flat, 2 up."),
                export.Tensor(
                    "probabilities",
                    "FP32",
                    [3],
                    "The probabilities of down, flat and up; they sum to 1.",
                ),
            ],
            graph=fitted.graph,
            made_by=card.versions(library),
            card=card.write_up(
                name,
                inputs=card.inputs_table(FEATURES),
                split=card.split_table(train_rows, validation, test),
                scores=scores(fitted.model, train_rows, test),
                versions=card.versions(library, converter, "onnx", *PACKAGES),
                seed=seed,
                always_flat=f"{(test.y == FLAT_CLASS).mean():.3f}",
                golden=card.dates(test, at),
            ),
        ),
        inputs={"X": test.X},
        outputs=answers(fitted.model, test.X),
        golden=at,
    )
    write_fixture(name, sp500, FEATURES, inputs)
