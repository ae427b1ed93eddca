"""A container's whole life: ``python python_start.py headgate|bare|numpy URL``; prints ms and MB as JSON.

``headgate`` imports the client, connects and gets an answer; ``bare`` does the same with websockets and
msgpack against an echo; ``numpy`` is an interpreter with numpy and nothing to do.
"""

import time

STARTED = time.perf_counter()

import asyncio
import json
import sys

import numpy as np
from process_memory import memory_mb

ROW = np.full((1, 16), 0.1, dtype=np.float32)


async def by_headgate(url: str) -> None:
    """Imports the client, connects and gets the first answer."""
    import headgate

    async with headgate.connect(url, fallback=False) as gate:
        await gate.infer("market-impact", {"X": ROW})


async def by_hand(url: str) -> None:
    """Does the same with the least code: websockets and msgpack."""
    import msgpack
    from websockets.asyncio.client import connect

    async with connect(url, compression=None) as socket:
        await socket.send(msgpack.packb({"type": "infer", "data": ROW.tobytes()}))
        msgpack.unpackb(await socket.recv())


def main() -> None:
    """Measures from the program's first line, without the interpreter's own start."""
    kind = sys.argv[1]
    if kind != "numpy":
        asyncio.run((by_headgate if kind == "headgate" else by_hand)(sys.argv[2]))
    ms = (time.perf_counter() - STARTED) * 1e3
    print(json.dumps({"ms": ms, "rss_mb": memory_mb()}))


if __name__ == "__main__":
    main()
