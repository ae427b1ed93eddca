"""The work of an agent's container: ``python agent_start.py headgate|sklearn URL``.

``headgate`` imports the client, connects and receives the answer to one fit; ``sklearn`` imports scikit-learn and
computes the same fit itself. Prints the memory in MB, as JSON, once the answer is there.
"""

import asyncio
import json
import sys

import numpy as np
from process_memory import memory_mb

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


def main() -> None:
    """Does the work of the kind that the first argument names."""
    if sys.argv[1] == "headgate":
        asyncio.run(by_headgate(sys.argv[2]))
    else:
        by_sklearn()
    print(json.dumps({"memory_mb": memory_mb()}), flush=True)


if __name__ == "__main__":
    main()
