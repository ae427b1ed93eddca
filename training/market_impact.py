"""Train ``market-impact``: the next day's price range per usual day's volume, by a small network.

``python -m training.market_impact``
"""

from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training import card, export, torch_model
from training.data import Bars, Series, load_nasdaq, load_sp500
from training.dataset import Rows, golden_rows, rows_in
from training.features import feature_table, impact, trailing_mean
from training.fixtures import write_fixture
from training.split import TEST, TRAIN, VALIDATION

NAME = "market-impact"
SEED = 7
OUTPUT = "impact_bps"
FEATURES = tuple(card.MEANINGS)  # all 16 features, in that order
LAYERS = (16, 32, 16, 1)


class ImpactNet(nn.Module):
    """A network with tanh layers and exp at the end: [batch, 16] -> [batch, 1] basis points.

    Tanh keeps the answer finite, whatever the input.
    """

    def __init__(self, typical: float) -> None:
        super().__init__()
        a, b, c, d = LAYERS
        self.layers = nn.Sequential(
            nn.Linear(a, b), nn.Tanh(), nn.Linear(b, c), nn.Tanh(), nn.Linear(c, d)
        )
        nn.init.constant_(self._linear(4).bias, float(np.log(typical)))

    def forward(self, X: Tensor) -> Tensor:
        """Return the expected impact in basis points."""
        return torch.exp(cast(Tensor, self.layers(X)))

    def fold_scaler(self, mean: Series, scale: Series) -> None:
        """Make the first layer take raw features: W (x - m) / s + b = (W / s) x + (b - W m / s)."""
        first = self._linear(0)
        weight = first.weight.data.double() / torch.tensor(scale)
        first.bias.data = (first.bias.data.double() - weight @ torch.tensor(mean)).float()
        first.weight.data = weight.float()

    def _linear(self, at: int) -> nn.Linear:
        return cast(nn.Linear, self.layers[at])


def inputs(bars: Bars) -> NDArray[np.float64]:
    """Lay out the features as [n, 16]."""
    return feature_table(bars, FEATURES)


def next_day_impact(bars: Bars) -> Series:
    """Label day t with the impact of day t + 1, in basis points."""
    today = impact(bars.high, bars.low, bars.volume)
    return np.append(today[1:], np.nan)


def gamma_loss(answer: Tensor, y: Tensor) -> Tensor:
    """Average y / m + ln m: smallest when m is the conditional mean; errors count in proportion."""
    m = answer[:, 0]
    return (y / m + torch.log(m)).mean()


def train(rows: Rows, validation: Rows) -> tuple[ImpactNet, int]:
    """Fit on standardised features, then fold the scaler in; also return the best epoch."""
    mean, scale = rows.X.mean(axis=0, dtype=np.float64), rows.X.std(axis=0, dtype=np.float64)

    def tensors(part: Rows) -> tuple[Tensor, Tensor]:
        return torch.tensor((part.X - mean) / scale).float(), torch.tensor(part.y).float()

    torch_model.be_deterministic(SEED)
    model = ImpactNet(typical=float(rows.y.mean()))
    epoch = torch_model.fit(
        model,
        gamma_loss,
        tensors(rows),
        tensors(validation),
        epochs=60,
        learning_rate=1e-3,
        weight_decay=1e-2,
    )
    model.fold_scaler(mean, scale)
    return model, epoch


def har_impacts(bars: Bars) -> NDArray[np.float64]:
    """Return ln of the mean impact over 1, 5 and 21 days, [n, 3], as usual forecasts do."""
    today = impact(bars.high, bars.low, bars.volume)
    return np.log(np.column_stack([trailing_mean(today, days) for days in (1, 5, 21)]))


def log_linear(X: NDArray[np.float32], y: Series, at: NDArray[np.float32]) -> Series:
    """Fit ln y on X by least squares, scaled so that the training ratios average 1."""
    design, ask = (np.column_stack([np.ones(len(x)), x]) for x in (X, at))
    weights = np.linalg.lstsq(design, np.log(y), rcond=None)[0]
    unbias = (y / np.exp(design @ weights)).mean()
    return np.asarray(np.exp(ask @ weights) * unbias)


def score_line(name: str, m: Series, y: Series) -> tuple[str, ...]:
    """Compute QLIKE, R² of the logarithm, and the mean absolute error in basis points."""
    qlike = (y / m - np.log(y / m) - 1).mean()
    log_y = np.log(y)
    r2 = 1 - ((np.log(m) - log_y) ** 2).sum() / ((log_y - log_y.mean()) ** 2).sum()
    return name, f"{qlike:.4f}", f"{r2:.3f}", f"{np.abs(m - y).mean():.1f}"


def scores(model: ImpactNet, train_rows: Rows, test: Rows) -> str:
    """Compare with forecasts that need no network, on the test rows."""
    markets = [load_sp500(), load_nasdaq()]
    past = rows_in(TRAIN, markets, har_impacts, next_day_impact)
    har = rows_in(TEST, markets[:1], har_impacts, next_day_impact)
    assert np.array_equal(har.date, test.date)
    y = test.y
    rows = [
        score_line("**this model**", torch_model.predict(model, test.X)[:, 0].astype(float), y),
        score_line("linear, same 16 inputs", log_linear(train_rows.X, train_rows.y, test.X), y),
        score_line("linear, impact of 1, 5, 21 days", log_linear(past.X, past.y, har.X), y),
        score_line("mean of the last 5 days", np.exp(har.X[:, 1].astype(float)), y),
        score_line("mean of the last 21 days", np.exp(har.X[:, 2].astype(float)), y),
        score_line("today again", np.exp(har.X[:, 0].astype(float)), y),
        score_line("training mean", np.full(len(y), train_rows.y.mean()), y),
    ]
    return card.table(("forecast", "QLIKE", "R² of ln(impact)", "MAE, bp"), rows)


def main() -> None:
    """Train, score and publish the model."""
    sp500, nasdaq = load_sp500(), load_nasdaq()
    train_rows = rows_in(TRAIN, [sp500, nasdaq], inputs, next_day_impact)
    validation = rows_in(VALIDATION, [sp500, nasdaq], inputs, next_day_impact)
    test = rows_in(TEST, [sp500], inputs, next_day_impact)
    model, epoch = train(train_rows, validation)
    at = golden_rows(test)
    made_by = card.versions("torch")
    export.publish(
        export.Model(
            name=NAME,
            description="The expected next-day price range per usual day's volume, from 16 daily "
            "features of the market's state.",
            max_batch_size=256,
            inputs=[
                export.Tensor("X", "FP32", [16], "The features of day t, in the card's order.")
            ],
            outputs=[
                export.Tensor(
                    OUTPUT,
                    "FP32",
                    [1],
                    "The expected high-low range of day t + 1 divided by its volume in usual days, "
                    "in basis points.",
                )
            ],
            graph=torch_model.to_onnx(model, [16], OUTPUT),
            made_by=made_by,
            card=card.write_up(
                NAME,
                inputs=card.inputs_table(FEATURES),
                split=card.split_table(train_rows, validation, test),
                scores=scores(model, train_rows, test),
                versions=card.versions("torch", "onnx", "numpy", "pandas", "arch"),
                seed=SEED,
                epoch=epoch,
                golden=card.dates(test, at),
            ),
        ),
        inputs={"X": test.X},
        outputs={OUTPUT: torch_model.predict(model, test.X)},
        golden=at,
    )
    write_fixture(NAME, sp500, FEATURES, inputs)


if __name__ == "__main__":
    main()
