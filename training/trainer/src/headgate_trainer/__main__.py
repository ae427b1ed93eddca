"""Starts the process: messages come on standard input, answers go to descriptor 3."""

import io
import os
import sys
import warnings

from headgate_trainer.explanation import log_warning
from headgate_trainer.host import Host

ANSWERS = 3


def main() -> None:
    """Serve until the input ends."""
    try:
        target = os.fdopen(ANSWERS, "wb")
    except OSError:
        sys.exit("headgate_trainer is started by the gateway, with a pipe as descriptor 3")
    warnings.showwarning = log_warning
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    threads = os.environ.get("OMP_NUM_THREADS", "")
    count = int(threads) if threads.isdigit() and int(threads) > 0 else os.cpu_count() or 1
    Host(sys.stdin.buffer, target, count).run()


if __name__ == "__main__":
    main()
