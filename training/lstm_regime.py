"""Train ``lstm-regime``: whether the next 21 days are calm or turbulent, from the last 42.

``python -m training.lstm_regime``
"""

from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score, log_loss, roc_auc_score
from torch import Tensor, nn

from training import card, export, torch_model
from training.data import Bars, Series, load_nasdaq, load_sp500
from training.dataset import Rows, golden_rows, rows_in
from training.features import feature_windows, lagged, volatility
from training.fixtures import write_fixture
from training.split import TEST, TRAIN, VALIDATION, rows_of

NAME = "lstm-regime"
SEED = 7
WINDOW_DAYS = 42
HORIZON_DAYS = 21
HIDDEN = 16
FEATURES = ("return_1", "log_range_1", "log_relative_volume_1", "log_volatility_21")
DIMS = [WINDOW_DAYS, len(FEATURES)]


class RegimeNet(nn.Module):
    """Scaler, one LSTM layer, softmax of its last state: [batch, 42, 4] -> [batch, 2]."""

    def __init__(self, mean: Series, scale: Series) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).float())
        self.register_buffer("scale", torch.tensor(scale).float())
        self.lstm = nn.LSTM(len(FEATURES), HIDDEN, batch_first=True)
        self.head = nn.Linear(HIDDEN, 2)

    def forward(self, X: Tensor) -> Tensor:
        """Return the probabilities of calm and turbulent."""
        scaled = (X - cast(Tensor, self.mean)) / cast(Tensor, self.scale)
        _, (last, _) = self.lstm(scaled)
        return torch.softmax(self.head(last[-1]), dim=-1)


def inputs(bars: Bars) -> NDArray[np.float64]:
    """Lay out the features as [n, 42, 4], oldest day first."""
    return feature_windows(bars, FEATURES, WINDOW_DAYS)


def turbulence_ahead(bars: Bars) -> Series:
    """Compute the daily volatility of days t + 1 to t + 21, not annualised; NaN at the end."""
    return lagged(volatility(bars.close, HORIZON_DAYS)[::-1], HORIZON_DAYS)[::-1]


def bar_of(bars: Bars) -> float:
    """Return the market's median volatility in the training years: above it is turbulent."""
    return float(np.nanmedian(turbulence_ahead(bars)[rows_of(TRAIN, bars.date)]))


def turbulent(bars: Bars) -> Series:
    """Label day t as 1 if the next 21 days are turbulent, else as 0."""
    ahead = turbulence_ahead(bars)
    return np.where(np.isnan(ahead), np.nan, ahead > bar_of(bars))


def cross_entropy(p: Tensor, y: Tensor) -> Tensor:
    """Mean of -ln p[true class]."""
    return nn.functional.nll_loss(torch.log(p), y)


def train(rows: Rows, validation: Rows) -> tuple[RegimeNet, int]:
    """Fit, and keep the weights with the best validation loss; also return their epoch."""

    def tensors(part: Rows) -> tuple[Tensor, Tensor]:
        return torch.from_numpy(part.X), torch.tensor(part.y).long()

    days = rows.X.reshape(-1, len(FEATURES)).astype(np.float64)
    torch_model.be_deterministic(SEED)
    model = RegimeNet(days.mean(axis=0), days.std(axis=0))
    epoch = torch_model.fit(
        model,
        cross_entropy,
        tensors(rows),
        tensors(validation),
        epochs=30,
        learning_rate=3e-4,
        weight_decay=1e-2,
    )
    return model, epoch


def score_line(name: str, p: Series, y: Series) -> tuple[str, ...]:
    """Score the probability ``p`` of turbulence."""
    said = p > 0.5
    return (
        name,
        f"{log_loss(y, np.clip(p, 1e-3, 1 - 1e-3)):.4f}",
        f"{accuracy_score(y, said):.3f}",
        f"{balanced_accuracy_score(y, said):.3f}",
        f"{roc_auc_score(y, p):.3f}",
    )


def scores(model: RegimeNet, train_rows: Rows, test: Rows, bar: float) -> str:
    """Compare with the volatility of the last 21 days, on the test rows."""
    y = test.y
    volatility_now, past = test.X[:, -1, 3:], train_rows.X[:, -1, 3:]
    logistic = LogisticRegression(C=1e6).fit(past, train_rows.y)
    same_again = (volatility_now[:, 0] > np.log(bar)).astype(float)
    rows = [
        score_line("**this model**", torch_model.predict(model, test.X)[:, 1].astype(float), y),
        score_line(
            "logistic, log_volatility_21 only", logistic.predict_proba(volatility_now)[:, 1], y
        ),
        score_line("the last 21 days again (0 or 1)", same_again, y),
        score_line("training frequency", np.full(len(y), train_rows.y.mean()), y),
    ]
    return card.table(("forecast", "log loss", "accuracy", "balanced accuracy", "AUC"), rows)


def main() -> None:
    """Train, score and publish the model."""
    sp500, nasdaq = load_sp500(), load_nasdaq()
    train_rows = rows_in(TRAIN, [sp500, nasdaq], inputs, turbulent)
    validation = rows_in(VALIDATION, [sp500, nasdaq], inputs, turbulent)
    test = rows_in(TEST, [sp500], inputs, turbulent)
    model, epoch = train(train_rows, validation)
    at = golden_rows(test)
    bar = bar_of(sp500)
    export.publish(
        export.Model(
            name=NAME,
            description="Probabilities that the next 21 trading days are calm or turbulent, from "
            "the last 42.",
            max_batch_size=256,
            inputs=[
                export.Tensor(
                    "X", "FP32", DIMS, "Four features of each of 42 trading days, oldest first."
                )
            ],
            outputs=[
                export.Tensor(
                    "probabilities",
                    "FP32",
                    [2],
                    "The probabilities of calm and turbulent; they sum to 1.",
                )
            ],
            graph=torch_model.to_onnx(model, DIMS, "probabilities"),
            made_by=card.versions("torch"),
            card=card.write_up(
                NAME,
                inputs=card.inputs_table(FEATURES),
                split=card.split_table(train_rows, validation, test),
                scores=scores(model, train_rows, test, bar),
                versions=card.versions("torch", "onnx", "numpy", "pandas", "arch"),
                seed=SEED,
                epoch=epoch,
                bar=f"{100 * bar:.2f} % a day, {100 * bar * np.sqrt(252):.1f} % a year",
                bar_nasdaq=f"{100 * bar_of(nasdaq):.2f} % a day",
                share=" ".join(
                    f"{name} {100 * part.y.mean():.0f} %,"
                    for name, part in (("train", train_rows), ("validation", validation))
                )
                + f" test {100 * test.y.mean():.0f} %",
                golden=card.dates(test, at),
            ),
        ),
        inputs={"X": test.X},
        outputs={"probabilities": torch_model.predict(model, test.X)},
        golden=at,
    )
    write_fixture(NAME, sp500, FEATURES, inputs)


if __name__ == "__main__":
    main()
