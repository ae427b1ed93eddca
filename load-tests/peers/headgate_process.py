"""The drop-ins as a container uses them: ``python headgate_process.py GATE``; scikit-learn cannot be imported.

Reads the lines that sklearn_process.py reads and answers as it does, with who computed it. Fallback is forbidden.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

for absent in ("sklearn", "hmmlearn", "scipy"):
    sys.modules[absent] = None  # type: ignore[assignment]

import headgate
import headgate.risk
import headgate.sklearn as drop_in
import numpy as np
from headgate.hmm import GaussianHMM
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def estimator(cls: Callable[..., Any]) -> Callable[[Matrix, dict[str, Any]], str]:
    """A drop-in's fit; who computed it."""
    return lambda x, parameters: str(cls(**parameters).fit(x).source_)


def isolation_forest(x: Matrix, parameters: dict[str, Any]) -> str:
    """Fit and score, as the peer does."""
    model = drop_in.IsolationForest(**parameters).fit(x)
    model.score_samples(x)
    return model.source_


def gaussian_hmm(x: Matrix, parameters: dict[str, Any]) -> str:
    """Fit, smoothed probabilities and the likeliest path, as the peer does."""
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
    x = np.empty((0, 0))
    print(json.dumps({"port": 0}), flush=True)
    for line in sys.stdin:
        ask = json.loads(line)
        if "load" in ask:
            x = np.fromfile(ask["load"]).reshape(ask["n"], ask["p"])
            print(json.dumps({"loaded": True}), flush=True)
            continue
        started = time.perf_counter()
        source = FITS[ask["fit"]](x, dict(ask["parameters"]))
        print(json.dumps({"ms": (time.perf_counter() - started) * 1e3, "source": source}), flush=True)


if __name__ == "__main__":
    main()
