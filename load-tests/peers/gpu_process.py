"""The peers of the GPU bench: scikit-learn on the CPU and torch on the card, if this Python has them.

Start: ``python load-tests/peers/gpu_process.py``. Its first line says what there is; then JSON lines are answered:
``{"load": path, "n": n, "p": p}`` reads a float32 matrix, ``{"side": "torch", "job": name, "ms": ms, "most": most}``
times a job and answers ``{"ms": median, "runs": runs}`` or ``{"error": reason}``. For torch the data lie on the card
already, and it is waited for: what the hardware gives.
"""

import json
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Run = Callable[[], Any]

PATHS = 100_000
LEVEL = 0.99
CLUSTERS = 8
ROUNDS = 20
COMPONENTS = 10


def sklearn_jobs() -> dict[str, Callable[[Matrix, int], Run]]:
    """The jobs as a user of scikit-learn runs them.

    @raises ImportError
    """
    from sklearn.cluster import KMeans
    from sklearn.covariance import EmpiricalCovariance
    from sklearn.decomposition import PCA
    from sklearn.metrics.pairwise import euclidean_distances

    def monte_carlo(x: Matrix) -> None:
        p = x.shape[1]
        weights = np.full(p, 1 / p)
        factor = np.linalg.cholesky(np.cov(x.T, bias=True))
        rng = np.random.default_rng(0)
        # The gateway takes the same shortcut: p numbers for each path instead of p squared.
        losses = -(x.mean(axis=0) @ weights + rng.standard_normal((PATHS, p)) @ (factor.T @ weights))
        value_at_risk = np.quantile(losses, LEVEL)
        losses[losses >= value_at_risk].mean()

    return {
        "covariance": lambda x, _: lambda: EmpiricalCovariance().fit(x),
        "pca": lambda x, _: lambda: PCA(n_components=COMPONENTS, random_state=0).fit(x),
        "kmeans": lambda x, _: lambda: KMeans(CLUSTERS, n_init=1, max_iter=ROUNDS, random_state=0).fit(x),
        "distances": lambda x, m: lambda: euclidean_distances(x, x[:m], squared=True),
        "monte-carlo": lambda x, _: lambda: monte_carlo(x),
    }


def torch_jobs() -> tuple[str, dict[str, Callable[[Matrix, int], Run]]]:
    """The card's name, and the jobs on it.

    @raises ImportError, RuntimeError with the reason why there is none
    """
    import torch

    if not torch.cuda.is_available():
        raise RuntimeError("torch finds no CUDA device")

    def covariance(x: Any) -> Any:
        about = x - x.mean(0)
        return about.T @ about / x.shape[0]

    def kmeans(x: Any) -> Any:
        centres = x[torch.randperm(x.shape[0], device=x.device)[:CLUSTERS]]
        ones = torch.ones(x.shape[0], device=x.device)
        for _ in range(ROUNDS):
            labels = torch.cdist(x, centres).argmin(1)
            sums = torch.zeros_like(centres).index_add_(0, labels, x)
            counts = torch.zeros(CLUSTERS, device=x.device).index_add_(0, labels, ones)
            centres = sums / counts.clamp(min=1)[:, None]
        return centres

    def monte_carlo(x: Any) -> Any:
        p = x.shape[1]
        weights = torch.full((p,), 1 / p, device=x.device)
        noise = 1e-6 * torch.eye(p, device=x.device)
        factor = torch.linalg.cholesky(covariance(x) + noise)
        draws = torch.randn(PATHS, p, device=x.device)
        losses = -(x.mean(0) @ weights + draws @ (factor.T @ weights))
        value_at_risk = torch.quantile(losses, LEVEL)
        return losses[losses >= value_at_risk].mean()

    def on_card(run: Callable[[Any, int], Any]) -> Callable[[Matrix, int], Run]:
        def made(x: Matrix, m: int) -> Run:
            there = torch.from_numpy(x).cuda()

            def once() -> None:
                run(there, m)
                torch.cuda.synchronize()

            return once

        return made

    return torch.cuda.get_device_name(0), {
        "covariance": on_card(lambda x, _: covariance(x)),
        "pca": on_card(lambda x, _: torch.linalg.eigh(covariance(x))[1][:, -COMPONENTS:]),
        "kmeans": on_card(lambda x, _: kmeans(x)),
        "distances": on_card(lambda x, m: torch.cdist(x, x[:m]) ** 2),
        "monte-carlo": on_card(lambda x, _: monte_carlo(x)),
    }


def timed(run: Run, ms: float, most: int) -> dict[str, Any]:
    """Times a job as the gateway's side does: one uncounted run first."""
    run()
    times: list[float] = []
    until = time.perf_counter() + ms / 1e3
    while not times or (len(times) < most and time.perf_counter() < until):
        started = time.perf_counter()
        run()
        times.append((time.perf_counter() - started) * 1e3)
    return {"ms": float(np.median(times)), "runs": len(times)}


def main() -> None:
    """Prints what is available, then answers each line until the input ends."""
    warnings.simplefilter("ignore")
    sides: dict[str, dict[str, Callable[[Matrix, int], Run]]] = {}
    lacking: dict[str, str] = {}
    card = None
    try:
        sides["scikit-learn"] = sklearn_jobs()
    except (ImportError, OSError) as error:
        lacking["scikit-learn"] = str(error)
    try:
        card, sides["torch"] = torch_jobs()
    except (ImportError, OSError, RuntimeError) as error:
        lacking["torch"] = str(error)
    print(json.dumps({"sides": list(sides), "lacking": lacking, "card": card}), flush=True)
    x = np.empty((0, 0), dtype=np.float32)
    for line in sys.stdin:
        ask = json.loads(line)
        try:
            if "load" in ask:
                x = np.fromfile(ask["load"], dtype=np.float32).reshape(ask["n"], ask["p"])
                answer: dict[str, Any] = {"loaded": True}
            else:
                run = sides[ask["side"]][ask["job"]](x, ask["m"])
                answer = timed(run, ask["ms"], ask["most"])
        except (ArithmeticError, KeyError, MemoryError, OSError, RuntimeError, ValueError) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
