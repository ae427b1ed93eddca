"""The peer of the numerics bench: scikit-learn in a process of its own, as a container runs it.

Start: ``python load-tests/peers/sklearn_process.py`` (needs requirements.txt beside it). Reads the
lines of fits_by_line.py. BLAS takes all the cores it finds.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from fits_by_line import Matrix, answer_fits
from hmmlearn.hmm import GaussianHMM
from sklearn.cluster import DBSCAN, KMeans
from sklearn.covariance import OAS, EmpiricalCovariance, LedoitWolf
from sklearn.decomposition import NMF, PCA, FastICA
from sklearn.ensemble import IsolationForest
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler


def isolation_forest(x: Matrix, parameters: dict[str, Any]) -> None:
    """Fits and scores: the gateway's answer contains both."""
    IsolationForest(**parameters).fit(x).score_samples(x)


def gaussian_hmm(x: Matrix, parameters: dict[str, Any]) -> None:
    """Fits, and computes the smoothed probabilities and the likeliest path."""
    model = GaussianHMM(**parameters).fit(x)
    model.score_samples(x)
    model.predict(x)


def monte_carlo_var(x: Matrix, parameters: dict[str, Any]) -> None:
    """VaR and CVaR of an equally weighted portfolio over simulated Gaussian paths."""
    p = x.shape[1]
    rng = np.random.default_rng(parameters["random_state"])
    weights = np.full(p, 1 / p)
    factor = np.linalg.cholesky(np.cov(x.T, bias=True))
    paths = x.mean(axis=0) + rng.standard_normal((parameters["n_paths"], p)) @ factor.T
    losses = -(paths @ weights)
    value_at_risk = np.quantile(losses, parameters["level"])
    losses[losses >= value_at_risk].mean()


def estimator(cls: Callable[..., Any]) -> Callable[[Matrix, dict[str, Any]], None]:
    """Fits a scikit-learn estimator."""
    return lambda x, parameters: cls(**parameters).fit(x)


FITS: dict[str, Callable[[Matrix, dict[str, Any]], None]] = {
    "standard_scaler": estimator(StandardScaler),
    "pca": estimator(PCA),
    "fast_ica": estimator(FastICA),
    "nmf": estimator(NMF),
    "kmeans": estimator(KMeans),
    "dbscan": estimator(DBSCAN),
    "gaussian_mixture": estimator(GaussianMixture),
    "empirical_covariance": estimator(EmpiricalCovariance),
    "ledoit_wolf": estimator(LedoitWolf),
    "oas": estimator(OAS),
    "isolation_forest": isolation_forest,
    "gaussian_hmm": gaussian_hmm,
    "monte_carlo_var": monte_carlo_var,
}


def main() -> None:
    """Answers each line until the input ends."""
    warnings.simplefilter("ignore")

    def fit(name: str, x: Matrix, parameters: dict[str, Any]) -> dict[str, Any]:
        FITS[name](x, parameters)
        return {}

    answer_fits(fit)


if __name__ == "__main__":
    main()
