"""Daily bars: the committed CSV, and the package that its numbers come from.

``python -m training.data`` writes ``examples/data/sp500.csv`` anew.
"""

import csv
from dataclasses import dataclass, fields
from pathlib import Path

import arch.data.nasdaq
import arch.data.sp500
import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]

REPOSITORY = Path(__file__).resolve().parents[1]
COLUMNS = ("high", "low", "close", "volume")
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
        """Return the number of days, n."""
        return len(self.close)

    def part(self, begin: int, end: int) -> "Bars":
        """Return the days ``begin`` to ``end - 1``."""
        return Bars(*(getattr(self, field.name)[begin:end] for field in fields(self)))


def load_sp500() -> Bars:
    """Read the S&P 500 from the committed CSV, which the demo reads too."""
    with SP500_CSV.open(newline="") as file:
        rows = list(csv.DictReader(file))
    column = {name: [row[name] for row in rows] for name in ("date", *COLUMNS)}
    high, low, close, volume = (np.array(column[name], dtype=np.float64) for name in COLUMNS)
    return Bars(np.array(column["date"], dtype="datetime64[D]"), high, low, close, volume)


def load_nasdaq() -> Bars:
    """Read the NASDAQ Composite from ``arch``; it only ever adds training and validation rows.

    Two days of the source have no volume and are left out.
    """
    frame = arch.data.nasdaq.load().rename(columns=str.lower)
    frame = frame[frame["volume"] > 0]
    high, low, close, volume = (frame[name].to_numpy(np.float64) for name in COLUMNS)
    return Bars(frame.index.to_numpy("datetime64[D]"), high, low, close, volume)


def write_sp500_csv() -> None:
    """Write the numbers of ``arch.data.sp500``, each price as its shortest exact decimal."""
    frame = arch.data.sp500.load()
    with SP500_CSV.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["date", "open", "high", "low", "close", "volume"])
        dates = frame.index.to_numpy("datetime64[D]")
        prices = frame[["Open", "High", "Low", "Close"]].to_numpy()
        for date, day, volume in zip(dates, prices, frame["Volume"], strict=True):
            exact = [np.format_float_positional(price, trim="-") for price in day]
            writer.writerow([date, *exact, volume])


if __name__ == "__main__":
    write_sp500_csv()
