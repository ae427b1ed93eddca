"""The card as torch reports it and its copy speed, the bound for all other figures on the card.

``python load-tests/peers/gpu_card.py`` prints one JSON object, and ends with 1 when there is no card to copy on.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

BYTES = 1 << 30
ROUNDS = 5


def gb_per_second(copy: Callable[[], Any], wait: Callable[[], None], moved: int) -> float:
    """The fastest of several copies."""
    copy()
    wait()
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        copy()
        wait()
        best = min(best, time.perf_counter() - started)
    return moved / best / 1e9


def main() -> int:
    """Prints the figures, or the reason why there are none."""
    try:
        import torch
    except (ImportError, OSError) as error:
        print(json.dumps({"why": f"no copy bandwidth without torch: {error}"}))
        return 1
    if not torch.cuda.is_available():
        print(json.dumps({"torch": torch.__version__, "why": "torch finds no CUDA device"}))
        return 1
    there = torch.empty(BYTES, dtype=torch.uint8, device="cuda")
    other = torch.empty_like(there)
    here = torch.empty(BYTES // 4, dtype=torch.uint8, pin_memory=True)
    part = there[: BYTES // 4]
    wait = torch.cuda.synchronize
    properties = torch.cuda.get_device_properties(0)
    figures = {
        "name": properties.name,
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "memory_gb": properties.total_memory / 1e9,
        # A copy on the card reads and writes each byte.
        "device_copy_gb_per_second": gb_per_second(lambda: other.copy_(there), wait, 2 * BYTES),
        "to_device_gb_per_second": gb_per_second(lambda: part.copy_(here), wait, BYTES // 4),
        "from_device_gb_per_second": gb_per_second(lambda: here.copy_(part), wait, BYTES // 4),
    }
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
