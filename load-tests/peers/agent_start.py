"""The work of an agent's container: ``python agent_start.py headgate|sklearn URL``.

``headgate`` imports the client, connects and receives the answer to one fit; ``sklearn`` imports scikit-learn and
computes the same fit itself. Prints the memory in MB, as JSON, once the answer is there.
"""

import asyncio
import json
import os
import resource
import sys
from pathlib import Path

import numpy as np

DAYS = 252
COLUMNS = 8
X = np.sin(np.arange(DAYS * COLUMNS, dtype=np.float64) ** 2).reshape(DAYS, COLUMNS)


async def by_headgate(url: str) -> None:
    """Asks the gateway for the fit."""
    import headgate

    async with headgate.connect(url, fallback=False) as gate:
        await gate.infer("pca", {"X": X}, parameters={"n_components": 3})


def by_sklearn() -> None:
    """Computes the fit in this process."""
    from sklearn.decomposition import PCA

    PCA(n_components=3).fit(X)


def memory_mb() -> float:
    """Memory of this process now; where there is no /proc, the most that it had.

    On Linux the most that ``getrusage`` tells includes the parent before ``exec``, which may be larger.
    """
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)


def main() -> None:
    """Does the work of the kind that the first argument names."""
    if sys.argv[1] == "headgate":
        asyncio.run(by_headgate(sys.argv[2]))
    else:
        by_sklearn()
    print(json.dumps({"memory_mb": memory_mb()}), flush=True)


if __name__ == "__main__":
    main()
