"""The peer of the training bench: scikit-learn's forest in a process of its own, as a container runs it.

Start: ``python load-tests/peers/forest_process.py`` (needs requirements.txt beside it). Reads the
lines of fits_by_line.py; the last column of a matrix is the target.
"""

from typing import Any

from fits_by_line import Matrix, answer_fits
from sklearn.ensemble import RandomForestRegressor


def fit(_: str, table: Matrix, parameters: dict[str, Any]) -> dict[str, Any]:
    """Fits a forest."""
    RandomForestRegressor(**parameters).fit(table[:, :-1], table[:, -1])
    return {}


if __name__ == "__main__":
    answer_fits(fit)
