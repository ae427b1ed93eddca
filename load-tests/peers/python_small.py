"""Small inferences by the Python client beside bare websockets and msgpack: ``python python_small.py GATE ECHO``.

Prints JSON: ``p50_us`` of one coroutine and ``rate`` a second with 256 in flight, each ours and of an echo of
the same frames, one frame a message, in turns;
``many`` asks for 256 rows in each call of ``infer_many``; ``raw`` is the gateway, asked by bare websockets
and msgpack.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import headgate
import msgpack
import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

Ask = Callable[[], Awaitable[object]]
BLOCKS, CALLS, IN_FLIGHT, ROUNDS = 7, 300, 256, 40
ROW = np.full((1, 16), 0.1, dtype=np.float32)


class Bare:
    """A client that only matches requests and answers by id."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._id = 0

    async def read(self) -> None:
        """Gives each answer to its request."""
        async for message in self._socket:
            frame = msgpack.unpackb(message)
            self._waiting.pop(frame["id"]).set_result(frame)

    async def ask(self) -> Any:
        """Sends a request in a message of its own and waits for the answer."""
        self._id += 1
        tensor = {"datatype": "FP32", "shape": [1, 16], "data": ROW.tobytes()}
        frame = {"type": "infer", "id": self._id, "model": "market-impact", "timeout_ms": 30_000.0}
        future = self._waiting[self._id] = asyncio.get_running_loop().create_future()
        await self._socket.send(msgpack.packb({**frame, "inputs": {"X": tensor}}))
        return await future


async def alone(socket: ClientConnection) -> None:
    """Sends one request and reads one answer, with no other work in between."""
    tensor = {"datatype": "FP32", "shape": [1, 16], "data": ROW.tobytes()}
    frame = {"type": "infer", "id": 1, "model": "market-impact", "inputs": {"X": tensor}}
    await socket.send(msgpack.packb(frame))
    msgpack.unpackb(await socket.recv())


async def microseconds(ask: Ask) -> list[float]:
    """The microseconds of each of several calls, one after another."""
    times = []
    for _ in range(CALLS):
        started = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - started) * 1e6)
    return times


async def rate(ask: Ask) -> float:
    """Calls a second with IN_FLIGHT at once."""

    async def work() -> None:
        for _ in range(ROUNDS):
            await ask()

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    return IN_FLIGHT * ROUNDS / (time.perf_counter() - started)


async def many_rate(gate: headgate.Gate) -> float:
    """Rows a second with IN_FLIGHT rows in each call of `infer_many`."""
    rows = [{"X": ROW}] * IN_FLIGHT
    started = time.perf_counter()
    for _ in range(ROUNDS):
        answers = await gate.infer_many("market-impact", rows)
        errors = [each for each in answers if isinstance(each, headgate.HeadgateError)]
        if errors:
            raise errors[0]
    return IN_FLIGHT * ROUNDS / (time.perf_counter() - started)


async def main(gate_url: str, echo_url: str) -> None:
    """Measures the sides in turn, so that other work on the machine affects them alike."""
    async with (
        headgate.connect(gate_url, fallback=False) as gate,
        connect(echo_url, compression=None) as single,
        connect(echo_url, compression=None) as many,
        connect(gate_url, compression=None, subprotocols=[Subprotocol("headgate.v1.msgpack")]) as raw,
    ):
        await raw.send(msgpack.packb({"type": "hello"}))
        await raw.recv()
        bare = Bare(many)
        reader = asyncio.create_task(bare.read())
        ours, theirs = (lambda: gate.infer("market-impact", {"X": ROW})), (lambda: alone(single))
        latency: dict[str, list[float]] = {"ours": [], "bare": [], "raw": []}
        rates: dict[str, list[float]] = {"ours": [], "bare": [], "many": []}
        for block in range(BLOCKS):
            measured = [await microseconds(ask) for ask in (ours, theirs, lambda: alone(raw))]
            speeds = await rate(ours), await rate(bare.ask), await many_rate(gate)
            if block == 0:
                continue  # warms up
            for name, times in zip(latency, measured, strict=True):
                latency[name] += times
            for name, speed in zip(rates, speeds, strict=True):
                rates[name].append(speed)
        reader.cancel()
    medians = {name: statistics.median(values) for name, values in latency.items()}
    print(json.dumps({"p50_us": medians, "rate": {k: statistics.median(v) for k, v in rates.items()}}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
