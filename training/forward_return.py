"""The log return of the next five days: the task of the three ``backtest-*`` models."""

from typing import Any, Protocol

import numpy as np
import onnx
from numpy.typing import NDArray
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from training import card, export
from training.data import Bars, Series, load_nasdaq, load_sp500
from training.dataset import Rows, golden_rows, rows_in
from training.features import feature_table, lagged, log_return
from training.fixtures import write_fixture
from training.holding import HEADER, held
from training.split import TEST, TRAIN, VALIDATION

HORIZON_DAYS = 5
OUTPUT = "return_percent"
FEATURES = tuple(card.MEANINGS)  # all 16 features, in that order
OPSETS = {"": 17, "ai.onnx.ml": 3}


class Regressor(Protocol):
    """A scikit-learn regressor with one output."""

    def fit(self, X: NDArray[np.float32], y: Series) -> object:
        """Fit to y [m] given X [m, 16]."""

    def predict(self, X: NDArray[np.float32]) -> NDArray[Any]:
        """Return the predictions, [m]."""


def inputs(bars: Bars) -> NDArray[np.float64]:
    """Lay out the features as [n, 16]."""
    return feature_table(bars, FEATURES)


def ahead(bars: Bars) -> Series:
    """Label day t with 100 ln(C[t+5] / C[t]); NaN at the end."""
    return 100 * lagged(log_return(bars.close, HORIZON_DAYS)[::-1], HORIZON_DAYS)[::-1]


def forecast_line(name: str, p: Series, y: Series) -> tuple[str, ...]:
    """Compute R² against a forecast of zero, the correlation, and the share of right signs."""
    r2 = 1 - ((p - y) ** 2).sum() / (y**2).sum()
    correlation = f"{np.corrcoef(p, y)[0, 1]:.3f}" if p.std() > 1e-12 else "none"
    signs = f"{(np.sign(p) == np.sign(y)).mean():.3f}" if p.any() else "none"
    return name, f"{r2:+.4f}", correlation, signs


def forecast_scores(model: Regressor, train_rows: Rows, test: Rows) -> str:
    """Compare with zero, the training mean, and a linear fit, on the test rows."""
    linear = make_pipeline(StandardScaler(), LinearRegression()).fit(train_rows.X, train_rows.y)
    mean = np.full(len(test.y), train_rows.y.mean())
    rows = [
        forecast_line("**this model**", model.predict(test.X).astype(np.float64), test.y),
        forecast_line("linear, same 16 inputs", linear.predict(test.X).astype(float), test.y),
        forecast_line("training mean", mean, test.y),
        forecast_line("zero", np.zeros(len(test.y)), test.y),
    ]
    return card.table(("forecast", "R² against zero", "correlation", "right signs"), rows)


def trading_scores(model: Regressor, bars: Bars, test: Rows) -> str:
    """Trade by the sign, and long or flat, and compare with buy and hold after costs."""
    p = model.predict(test.X).astype(np.float64)
    rows = [
        held(np.sign(p), bars, test.date).line("long above zero, short below"),
        held((p > 0).astype(float), bars, test.date).line("long above zero, else flat"),
        held(np.ones(len(p)), bars, test.date).line("buy and hold"),
    ]
    return card.table(HEADER, rows)


def to_graph(model: Regressor) -> onnx.ModelProto:
    """Export with input ``X`` and output ``return_percent`` [batch, 1]."""
    graph = to_onnx(
        model,
        initial_types=[("X", FloatTensorType([None, len(FEATURES)]))],
        final_types=[(OUTPUT, FloatTensorType([None, 1]))],
        target_opset=OPSETS,
    )
    assert isinstance(graph, onnx.ModelProto)
    return graph


def make(name: str, model: Regressor, *, kind: str, seed: int) -> None:
    """Train on the training rows only, score on the test rows, and publish."""
    sp500, nasdaq = load_sp500(), load_nasdaq()
    train_rows = rows_in(TRAIN, [sp500, nasdaq], inputs, ahead)
    validation = rows_in(VALIDATION, [sp500, nasdaq], inputs, ahead)
    test = rows_in(TEST, [sp500], inputs, ahead)
    model.fit(train_rows.X, train_rows.y)
    at = golden_rows(test)
    answer = model.predict(test.X).astype(np.float32).reshape(-1, 1)
    export.publish(
        export.Model(
            name=name,
            description=f"The expected log return of the next five trading days, by {kind}, from "
            "16 daily features of the market's state.",
            max_batch_size=256,
            inputs=[
                export.Tensor("X", "FP32", [16], "The features of day t, in the card's order.")
            ],
            outputs=[
                export.Tensor(
                    OUTPUT, "FP32", [1], "The expected 100 ln(C[t+5] / C[t]), in percent."
                )
            ],
            graph=to_graph(model),
            made_by=card.versions("scikit-learn"),
            card=card.write_up(
                name,
                inputs=card.inputs_table(FEATURES),
                split=card.split_table(train_rows, validation, test),
                forecast_scores=forecast_scores(model, train_rows, test),
                trading_scores=trading_scores(model, sp500, test),
                spread=f"{answer.std():.2f}",
                target_spread=f"{test.y.std():.2f}",
                versions=card.versions(
                    "scikit-learn", "skl2onnx", "onnx", "numpy", "pandas", "arch"
                ),
                seed=seed,
                golden=card.dates(test, at),
            ),
        ),
        inputs={"X": test.X},
        outputs={OUTPUT: answer},
        golden=at,
    )
    write_fixture(name, sp500, FEATURES, inputs)
