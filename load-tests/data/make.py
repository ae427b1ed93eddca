"""Writes the daily closes for the suites regimes and regimes-choose, from data in Python packages.

pip install arch==8.0.0 skfolio==1.12.2
python load-tests/data/make.py
"""

import gzip
import importlib.util
from pathlib import Path

import arch.data.nasdaq
import arch.data.wti
import pandas as pd

FOLDER = Path(__file__).parent


def skfolio_closes() -> pd.DataFrame:
    """Twenty stocks of the S&P 500 from 1999 on, read from the package's file without importing the package."""
    spec = importlib.util.find_spec("skfolio")
    if spec is None or spec.origin is None:
        raise SystemExit("pip install skfolio==1.12.2")
    data = Path(spec.origin).parent / "datasets" / "data" / "sp500_dataset.csv.gz"
    return pd.read_csv(data, index_col=0, parse_dates=True).loc["1999":]


def text(closes: pd.DataFrame) -> str:
    """One line for each day: the date, then the close of each column."""
    return closes.to_csv(index_label="date", date_format="%Y-%m-%d", lineterminator="\n")


def main() -> None:
    """Writes the three files."""
    wti = arch.data.wti.load().dropna().rename(columns={"DCOILWTICO": "close"})
    (FOLDER / "wti.csv").write_text(text(wti))
    nasdaq = arch.data.nasdaq.load()[["Close"]].rename(columns={"Close": "close"})
    (FOLDER / "nasdaq.csv").write_text(text(nasdaq))
    stocks = gzip.compress(text(skfolio_closes()).encode(), mtime=0)
    (FOLDER / "twenty-stocks.csv.gz").write_bytes(stocks)


if __name__ == "__main__":
    main()
