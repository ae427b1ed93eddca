"""The memory of this process."""

import os
import resource
import sys
from pathlib import Path


def memory_mb() -> float:
    """Megabytes that this process holds now; where there is no /proc, the most that it has held.

    On Linux ``getrusage`` is no measure of it: its maximum includes what the parent held before ``exec``, so a child of
    a bench that holds 500 MB reported 504 MB.
    """
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)
