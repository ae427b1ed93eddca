"""Train ``market-impact``: the next day's price range per usual day's volume, by a small network.

``python -m training.market_impact``
"""

from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from training import export, torch_model
from training.cards import Scores, provenance, render, table
from training.data import Bars, Series, load_nasdaq, load_sp500
from training.dataset import Rows, golden_rows, rows_in
from training.features import feature_table, impact
from training.fixtures import write_fixture
from training.split import TEST, TRAIN, VALIDATION

NAME = "market-impact"
SEED = 20070102
OUTPUT = "impact_bps"
FEATURES = (
    "return_1",
    "return_5",
    "return_21",
    "drawdown_63",
    "log_range_1",
    "log_range_5",
    "log_range_21",
    "log_range_63",
    "log_volatility_5",
    "log_volatility_21",
    "downside_share_21",
    "close_location_1",
    "log_relative_volume_1",
    "log_relative_volume_5",
    "log_impact_5",
    "log_impact_21",
)
HAR = ("log_impact_1", "log_impact_5", "log_impact_21")


def inputs(bars: Bars) -> np.ndarray:
    """[n, 16]."""
    return feature_table(bars, FEATURES)


def next_day_impact(bars: Bars) -> Series:
    """Label day t with the impact of day t + 1, in basis points."""
    today = impact(bars.high, bars.low, bars.volume)
    return np.append(today[1:], np.nan)


class ImpactNet(nn.Module):
    """16 -> 32 -> 16 -> 1, tanh inside, exp at the end: [batch, 16] -> [batch, 1] basis points.

    The scaler is folded into the first layer. Tanh bounds the answer, whatever the input.
    """

    def __init__(self, mean: Series, scale: Series, typical: float) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
        self.register_buffer("scale", torch.tensor(scale, dtype=torch.float32))
        self.layers = nn.Sequential(
            nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 16), nn.Tanh(), nn.Linear(16, 1)
        )
        nn.init.constant_(self.layers[4].bias, float(np.log(typical)))

    def forward(self, X: Tensor) -> Tensor:
        """Standardise, run the layers, answer in basis points."""
        return torch.exp(cast(Tensor, self.layers((X - self.mean) / self.scale)))
