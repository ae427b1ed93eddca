"""Runs the drop-in estimators as a container does: ``python headgate_process.py GATE``.

Reads the lines of fits_by_line.py and answers with who computed it. Fallback is forbidden.
"""

import sys
from collections.abc import Callable
from typing import Any

for absent in ("sklearn", "hmmlearn", "scipy"):
    sys.modules[absent] = None  # type: ignore[assignment]

import headgate
import headgate.risk
import headgate.sklearn as drop_in
from fits_by_line import Matrix, answer_fits
from headgate.hmm import GaussianHMM


def estimator(cls: Callable[..., Any]) -> Callable[[Matrix, dict[str, Any]], str]:
    """Fits a drop-in estimator and returns who computed it."""
    return lambda x, parameters: str(cls(**parameters).fit(x).source_)


def isolation_forest(x: Matrix, parameters: dict[str, Any]) -> str:
    """Fits and scores, as the peer does."""
    model = drop_in.IsolationForest(**parameters).fit(x)
    model.score_samples(x)
    return model.source_


def gaussian_hmm(x: Matrix, parameters: dict[str, Any]) -> str:
    """Fits, and computes the smoothed probabilities and the likeliest path, as the peer does."""
    model = GaussianHMM(**parameters).fit(x)
    model.score_samples(x)
    model.predict(x)
    return model.source_


FITS: dict[str, Callable[[Matrix, dict[str, Any]], str]] = {
    "standard_scaler": estimator(drop_in.StandardScaler),
    "pca": estimator(drop_in.PCA),
    "fast_ica": estimator(drop_in.FastICA),
    "nmf": estimator(drop_in.NMF),
    "kmeans": estimator(drop_in.KMeans),
    "dbscan": estimator(drop_in.DBSCAN),
    "gaussian_mixture": estimator(drop_in.GaussianMixture),
    "empirical_covariance": estimator(drop_in.EmpiricalCovariance),
    "ledoit_wolf": estimator(drop_in.LedoitWolf),
    "oas": estimator(drop_in.OAS),
    "isolation_forest": isolation_forest,
    "gaussian_hmm": gaussian_hmm,
    "monte_carlo_var": lambda x, given: str(headgate.risk.monte_carlo_var(x, **given)["source"]),
}


def main() -> None:
    """Answers each line until the input ends."""
    headgate.configure(sys.argv[1], fallback=False, timeout=120)
    headgate.default_client().describe("pca")
    answer_fits(lambda fit, x, parameters: {"source": FITS[fit](x, parameters)})


if __name__ == "__main__":
    main()
