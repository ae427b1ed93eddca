"""A Headgate client written from PROTOCOL.md alone, with two packages: websockets and msgpack.

Run it as ``python raw_client.py ws://127.0.0.1:8470/v1``. It says hello, asks a model, is refused
once, feeds a stream until the regime changes, and ends with status 0 if every frame that came was
as the specification has it.
"""

from __future__ import annotations

import json
import math
import random
import struct
import sys
from collections.abc import Callable, Iterable, Mapping

import msgpack  # type: ignore[import-untyped]
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

Frame = dict[str, object]
Check = Callable[[object], bool]

SUBPROTOCOL = Subprotocol("headgate.v1.msgpack")
TIMEOUT_S = 10.0
FIRST_TS = 1_700_000_000_000
MINUTE_MS = 60_000
CALM, TURBULENT = 0.004, 0.05
EXAMPLE_DAY = [0.001, 0.002, 0.003, -0.01, *[-4.6] * 4, -4.7, -4.7, 0.5, 0.5, 0.0, 0.0, 4.6, 4.6]
ELEMENT_BYTES = {"BOOL": 1, "FP16": 2, "FP32": 4, "FP64": 8} | {
    f"{sign}INT{bits}": bits // 8 for sign in ("", "U") for bits in (8, 16, 32, 64)
}


def is_string(value: object) -> bool:
    """Whether it is a string."""
    return isinstance(value, str)


def is_boolean(value: object) -> bool:
    """Whether it is true or false."""
    return isinstance(value, bool)


def is_number(value: object) -> bool:
    """Whether it is a finite number, in whatever format it came."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def is_integer(value: object) -> bool:
    """Whether it is a number without a fraction."""
    return is_number(value) and isinstance(value, int | float) and value == int(value)


def is_id(value: object) -> bool:
    """Whether it is an unsigned 32-bit integer."""
    return is_integer(value) and isinstance(value, int | float) and 0 <= value <= 0xFFFF_FFFF


def is_map(value: object) -> bool:
    """Whether it is a map."""
    return isinstance(value, dict)


def is_strings(value: object) -> bool:
    """Whether it is an array of strings."""
    return isinstance(value, list) and all(map(is_string, value))


def is_numbers(value: object) -> bool:
    """Whether it is a map of name to number."""
    return isinstance(value, dict) and all(map(is_number, value.values()))


def is_timing(value: object) -> bool:
    """Whether it is milliseconds by name, and perhaps whether the thread of the sockets computed."""
    if not isinstance(value, dict):
        return False
    return is_boolean(value.get("inline", True)) and all(
        is_number(part) for name, part in value.items() if name != "inline"
    )


def is_tensor(value: object) -> bool:
    """Whether it is a tensor whose data is as long as its shape says."""
    if not isinstance(value, dict) or value.keys() != {"datatype", "shape", "data"}:
        return False
    elements = math.prod(value["shape"])
    if value["datatype"] == "BYTES":
        return is_strings(value["data"]) and len(value["data"]) == elements
    size = ELEMENT_BYTES.get(value["datatype"])
    data = value["data"]
    return size is not None and isinstance(data, bytes) and len(data) == elements * size


def is_tensors(value: object) -> bool:
    """Whether it is a map of name to tensor."""
    return isinstance(value, dict) and all(map(is_tensor, value.values()))


def or_nil(check: Check) -> Check:
    """Let nil pass too."""
    return lambda value: value is None or check(value)


# The tables: by type of frame, what each field must be; one that may be absent ends in "?".
TABLES: Mapping[str, Mapping[str, Check]] = {
    "welcome": {
        "connection": is_string,
        "epoch": is_string,
        "server": is_string,
        "features": is_strings,
        "ping_ms": is_number,
        "pong_ms": is_number,
        "credits": is_integer,
        "limits": is_numbers,
    },
    "result": {
        "id": is_id,
        "model": is_string,
        "version": is_string,
        "outputs": is_tensors,
        "backend": is_string,
        "precision": is_string,
        "timing": is_timing,
        "cached?": is_boolean,
    },
    "error": {
        "id?": is_id,
        "stream?": is_string,
        "ts?": is_number,
        "code": is_string,
        "message": is_string,
        "retryable": is_boolean,
        "retry_after_ms?": is_number,
        "processed": lambda value: value in ("no", "maybe"),
    },
    "snapshot": {
        "topic": is_string,
        "epoch": is_string,
        "offset": is_integer,
        "position": is_integer,
        "recovered": is_boolean,
        "data": or_nil(is_map),
    },
    "event": {
        "topic": is_string,
        "epoch": is_string,
        "offset": is_integer,
        "position": is_integer,
        "ts": is_number,
        "event_id": is_string,
        "data": is_map,
    },
    "ack open": {
        "id": is_id,
        "stream": is_string,
        "detector": is_string,
        "created": is_boolean,
        "last_ts": or_nil(is_number),
        "observations": is_integer,
    },
    "ack observe": {
        "id": is_id,
        "stream": is_string,
        "accepted": is_integer,
        "duplicates": is_integer,
        "duplicate": is_boolean,
        "last_ts": is_number,
    },
    "ack subscribe": {"id": is_id, "topic": is_string},
}

REGIME_CHANGE: Mapping[str, Check] = {
    "kind": lambda value: value == "regime_change",
    "stream": is_string,
    "from": is_string,
    "to": is_string,
    "probability": is_number,
    "probabilities": is_numbers,
    "detector": is_string,
    "version": is_string,
    "observed_ts": is_number,
}


class SpecificationError(Exception):
    """The gateway did not do what the specification says."""


def expect(holds: bool, what: str) -> None:
    """Raise if something does not hold."""
    if not holds:
        raise SpecificationError(what)


def check_fields(name: str, frame: Mapping[str, object], table: Mapping[str, Check]) -> None:
    """Check the presence and the type of each field, and that no other is there."""
    known = {field.removesuffix("?") for field in table} | {"type"}
    expect(frame.keys() <= known, f"{name}: {frame.keys() - known} is not in the specification")
    for field, check in table.items():
        value = frame.get(field.removesuffix("?"))
        if field.endswith("?") and value is None:
            continue
        expect(field.removesuffix("?") in frame, f"{name}.{field}: missing")
        expect(check(value), f"{name}.{field}: {value!r}")


class RawClient:
    """A connection that judges each frame it receives."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._requests: dict[object, str] = {}
        self._received: list[Frame] = []

    def send(self, *frames: Frame) -> None:
        """Send all the frames in one message."""
        for frame in frames:
            if "id" in frame:
                self._requests[frame["id"]] = str(frame["type"])
        self._socket.send(b"".join(msgpack.packb(frame) for frame in frames))

    def next(self, what: str, wanted: Callable[[Frame], bool]) -> Frame:
        """Give the first frame that is wanted and was not given before."""
        while True:
            for frame in self._received:
                if wanted(frame):
                    self._received.remove(frame)
                    return frame
            self._receive(what)

    def answer(self, number: int) -> Frame:
        """Give the terminal frame of a request."""
        return self.next(f"the answer to {number}", lambda frame: frame.get("id") == number)

    def _receive(self, what: str) -> None:
        try:
            message = self._socket.recv(timeout=TIMEOUT_S)
        except TimeoutError as error:
            raise SpecificationError(f"{what} did not come") from error
        expect(isinstance(message, bytes), "a text message")
        unpacker = msgpack.Unpacker(strict_map_key=True)
        unpacker.feed(message)
        frames = list(unpacker)
        expect(unpacker.tell() == len(message), "a message is cut short")
        for frame in frames:
            self._judge(frame)
            self._received.append(frame)

    def _judge(self, frame: Frame) -> None:
        name = str(frame["type"])
        if name == "ack":
            name = f"ack {self._requests[frame['id']]}"
        expect(name in TABLES, f"{name} is unknown")
        check_fields(name, frame, TABLES[name])
        if name == "event":
            data = frame["data"]
            expect(isinstance(data, dict), "event.data: no map")
            if isinstance(data, dict):
                check_fields("event.data", data, REGIME_CHANGE)
        if "id" in frame:
            expect(self._requests.pop(frame["id"], None) is not None, f"{name}: a second answer")


def tensor(datatype: str, shape: list[int], values: Iterable[float]) -> Frame:
    """Pack floats as the binary form has them: little-endian, without padding."""
    numbers = list(values)
    letter = {"FP32": "f", "FP64": "d"}[datatype]
    return {
        "datatype": datatype,
        "shape": shape,
        "data": struct.pack(f"<{len(numbers)}{letter}", *numbers),
    }


def greet(client: RawClient) -> str:
    """Say hello and ask the model for two rows, in one message; give the name of the gateway."""
    rows = tensor("FP32", [2, len(EXAMPLE_DAY)], EXAMPLE_DAY * 2)
    client.send(
        {"type": "hello", "client": "raw-client-python/1"},
        {"type": "infer", "id": 1, "model": "market-impact", "inputs": {"X": rows}},
    )
    welcome = client.next("a frame", lambda _: True)
    expect(welcome["type"] == "welcome", f"{welcome['type']} came first")
    outputs = client.answer(1)["outputs"]
    expect(isinstance(outputs, dict), "no outputs")
    if isinstance(outputs, dict):
        impact = outputs["impact_bps"]
        expect(
            impact["shape"] == [2, 1] and impact["datatype"] == "FP32",
            "impact_bps has another shape",
        )
        first, second = struct.unpack("<2f", impact["data"])
        expect(first == second and first > 0, f"{first} and {second} for the same row")
    return str(welcome["server"])


def be_refused(client: RawClient) -> str:
    """Send a row that is too short; give the error's message."""
    row = tensor("FP32", [1, 2], [0.5, -1.25])
    client.send({"type": "infer", "id": 2, "model": "market-impact", "inputs": {"X": row}})
    error = client.answer(2)
    expect(error["type"] == "error" and error["code"] == "invalid_argument", f"{error}")
    expect(error["retryable"] is False and error["processed"] == "no", f"{error}")
    expect(str(error["message"]).startswith("inputs.X.shape:"), f"{error['message']!r} names no field")
    return str(error["message"])


def watch(client: RawClient) -> Frame:
    """Feed a calm market that turns; give the event in which it does."""
    stream, topic = "python", "regime.python"
    normal = random.Random(1)
    deviations = [CALM] * 320 + ([TURBULENT] * 80 + [CALM] * 80) * 2
    values = [normal.gauss(0, deviation) for deviation in deviations]
    times = [FIRST_TS + i * MINUTE_MS for i in range(len(values))]
    client.send(
        {"type": "open", "id": 3, "stream": stream, "detector": "gaussian_hmm"},
        {"type": "subscribe", "id": 4, "topic": topic},
        {
            "type": "observe",
            "id": 5,
            "stream": stream,
            "ts": times,
            "values": tensor("FP64", [len(values), 1], values),
        },
    )
    expect(client.answer(3).get("created") is True, "the stream is not new")
    expect(client.answer(4).get("topic") == topic, "not subscribed")
    snapshot = client.next("the snapshot", lambda frame: frame["type"] == "snapshot")
    expect(snapshot["recovered"] is False, "recovered without since")
    observed = client.answer(5)
    expect(
        observed.get("accepted") == len(values) and observed.get("last_ts") == times[-1],
        f"{observed}",
    )
    offset = snapshot["offset"]
    while True:
        event = client.next("an event", lambda frame: frame["type"] == "event")
        expect(isinstance(offset, int) and event["offset"] == offset + 1, "a gap in offset")
        offset = event["offset"]
        data = event["data"]
        if isinstance(data, dict) and data["to"] == "turbulent" and data["observed_ts"] >= times[320]:
            return event


def main(url: str) -> int:
    """Walk the flows; give the exit status."""
    # No extension is negotiated, so none is offered; the default of max_message_bytes is 1 MiB.
    with connect(url, subprotocols=[SUBPROTOCOL], compression=None, max_size=2**20) as socket:
        client = RawClient(socket)
        try:
            expect(socket.subprotocol == SUBPROTOCOL, f"subprotocol {socket.subprotocol}")
            report = {"server": greet(client), "error": be_refused(client), "event": watch(client)}
        except SpecificationError as error:
            print(error, file=sys.stderr)
            return 1
    expect(socket.close_code == 1000, f"closed with {socket.close_code}")
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
