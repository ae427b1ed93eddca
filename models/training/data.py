"""Daily bars: the committed CSV, and the package it was taken from.

``python -m training.data`` writes ``examples/data/sp500.csv`` anew.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import arch.data.nasdaq
import arch.data.sp500
import numpy as np
import pandas as pd
from numpy.typing import NDArray

Series = NDArray[np.float64]

REPOSITORY = Path(__file__).resolve().parents[2]
SP500_CSV = REPOSITORY / "examples" / "data" / "sp500.csv"


@dataclass(frozen=True)
class Bars:
    """One market's trading days, oldest first; every field has length n.

    There is no ``open``: until 2006 the source repeats the previous close there.
    """

    date: NDArray[np.datetime64]
    high: Series  # index points
    low: Series  # index points
    close: Series  # index points
    volume: Series  # shares a day

    def __len__(self) -> int:
        """Count the days, n."""
        return len(self.close)


def load_sp500() -> Bars:
    """Read the S&P 500 from the committed CSV, the file that the demo reads too."""
    return _bars(pd.read_csv(SP500_CSV, float_precision="round_trip").set_index("date"))


def load_nasdaq() -> Bars:
    """Read the NASDAQ Composite from ``arch``; it only ever adds training and validation rows.

    Two days of the source have no volume and are left out.
    """
    frame = arch.data.nasdaq.load().rename(columns=str.lower)
    return _bars(frame[frame["volume"] > 0])


def _bars(frame: pd.DataFrame) -> Bars:
    high, low, close, volume = (
        frame[name].to_numpy(np.float64) for name in ("high", "low", "close", "volume")
    )
    return Bars(frame.index.to_numpy("datetime64[D]"), high, low, close, volume)


def write_sp500_csv() -> None:
    """Write what ``arch.data.sp500`` holds, each price by its shortest exact decimal."""
    frame = arch.data.sp500.load()
    with SP500_CSV.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["date", "open", "high", "low", "close", "volume"])
        for row in frame.itertuples():
            prices = (row.Open, row.High, row.Low, row.Close)
            exact = [np.format_float_positional(price, trim="-") for price in prices]
            writer.writerow([row.Index.date().isoformat(), *exact, int(row.Volume)])


if __name__ == "__main__":
    write_sp500_csv()
