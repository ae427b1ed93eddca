"""The start of the example desk: ``python desk_start.py headgate|frames|sklearn|torch [URL]``; prints ms and MB as JSON.

Each kind imports what the desk's modules need, and has one covariance and one action of a policy as its first
answers. ``headgate`` imports the modules themselves and asks the gateway; ``frames`` has pandas read the bars and make the
features besides; ``sklearn`` imports pandas and scikit-learn's classes of the same names; ``torch`` does that, and computes
the action with a network in torch.
"""

import time

STARTED = time.perf_counter()

import json
import sys
from pathlib import Path

import numpy as np
from process_memory import memory_mb

WINDOW = np.sin(np.arange(252 * 4, dtype=np.float64) ** 2).reshape(252, 4)
OBSERVATION = np.full((1, 13), 0.1, dtype=np.float32)


def by_headgate(url: str, with_frames: bool) -> None:
    """The desk's modules, with the answers of a gateway."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "desk"))
    import desk
    import headgate
    from headgate.sklearn import LedoitWolf

    headgate.configure(url, fallback=False)
    LedoitWolf().fit(WINDOW)
    headgate.default_client().infer("policy-ppo", {"observation": OBSERVATION})
    assert desk.Desk
    if with_frames:
        import bars

        bars.features(bars.load())


def by_libraries(with_torch: bool) -> None:
    """What the same modules would import."""
    import pandas
    from sklearn.covariance import LedoitWolf
    from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
    from sklearn.neural_network import MLPRegressor
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    LedoitWolf().fit(WINDOW)
    if with_torch:
        import torch

        layers = [torch.nn.Linear(13, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1)]
        torch.nn.Sequential(*layers)(torch.from_numpy(OBSERVATION))
    assert all(
        (pandas, HistGradientBoostingRegressor, RandomForestRegressor, MLPRegressor, Pipeline, StandardScaler)
    )


def main() -> None:
    """Measures from the program's first line, without the interpreter's own start; ``cpu_ms`` is the processor time of it."""
    kind = sys.argv[1]
    if kind in ("headgate", "frames"):
        by_headgate(sys.argv[2], kind == "frames")
    else:
        by_libraries(kind == "torch")
    ms, cpu_ms = (time.perf_counter() - STARTED) * 1e3, time.process_time() * 1e3
    print(json.dumps({"ms": round(ms), "cpu_ms": round(cpu_ms), "memory_mb": round(memory_mb())}), flush=True)


if __name__ == "__main__":
    main()
