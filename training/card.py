"""Model cards: the text is in ``cards/``, the numbers come from the run that trained the model."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from string import Template

import numpy as np
from numpy.typing import NDArray

from training.dataset import Rows
from training.split import TEST, TRAIN, VALIDATION

CARDS = Path(__file__).resolve().parent / "cards"

MEANINGS = {
    "return_1": "ln(C[t] / C[t-1])",
    "return_5": "ln(C[t] / C[t-5])",
    "return_21": "ln(C[t] / C[t-21])",
    "drawdown_63": "ln(C[t] / highest close of the last 63 days)",
    "log_range_1": "ln(range[t]), where range = ln(H / L)",
    "log_range_5": "ln(mean range of the last 5 days)",
    "log_range_21": "ln(mean range of the last 21 days)",
    "log_range_63": "ln(mean range of the last 63 days)",
    "log_volatility_5": "ln(root mean square of the last 5 daily log returns)",
    "log_volatility_21": "ln(root mean square of the last 21 daily log returns)",
    "downside_share_21": "share of the last 21 squared returns made by falling days, 0 to 1",
    "close_location_1": "(C - L) / (H - L) of day t, 0 to 1",
    "log_relative_volume_1": "ln(V[t] / mean volume of the 21 days before t)",
    "log_relative_volume_5": "mean of log_relative_volume_1 over the last 5 days",
    "log_impact_5": "ln(mean impact of the last 5 days), impact in basis points",
    "log_impact_21": "ln(mean impact of the last 21 days), impact in basis points",
}


def write_up(model: str, **numbers: object) -> str:
    """Fill in ``cards/<model>.md``; every placeholder needs a value."""
    template = Template((CARDS / f"{model}.md").read_text())
    return template.substitute({name: str(value) for name, value in numbers.items()})


def inputs_table(names: Sequence[str]) -> str:
    """List the inputs in order with their definitions."""
    rows = [(str(i), f"`{name}`", MEANINGS[name]) for i, name in enumerate(names)]
    return table(("#", "feature", "definition (day t, natural logarithms)"), rows)


def split_table(train: Rows, validation: Rows, test: Rows) -> str:
    """Describe the days and the number of rows of each part."""
    parts = [
        ("train", TRAIN, train, "S&P 500 and NASDAQ"),
        ("validation", VALIDATION, validation, "S&P 500 and NASDAQ"),
        ("test", TEST, test, "S&P 500"),
    ]
    rows = [(n, p.first, p.last, market, str(len(r.y))) for n, p, r, market in parts]
    return table(("part", "first day", "last day", "markets", "rows"), rows)


def dates(rows: Rows, at: NDArray[np.intp]) -> str:
    """List the days of the golden rows."""
    return ", ".join(str(rows.date[i]) for i in at)


def versions(*packages: str) -> str:
    """List the packages that trained the model, with their versions."""
    return ", ".join(f"{package} {version(package).split('+')[0]}" for package in packages)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
