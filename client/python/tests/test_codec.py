from __future__ import annotations

import msgpack
import numpy as np
import pytest

from headgate.codec import LARGE_BYTES, MalformedError, decode, encode, size_of
from headgate.errors import InvalidArgumentError
from headgate.link import gathered
from headgate.tensors import from_wire, to_wire

VALUES = [
    {"a": 1, "b": -1, "c": 2**40, "d": -(2**40), "e": 1.5, "f": None, "g": True, "h": False},
    {
        "text": "x" * 300,
        "list": list(range(40)),
        "bin": b"abc",
        "empty": b"",
        "deep": {"map": {"k": [1, [2]]}},
    },
    {str(i): i * 1000 for i in range(20)},
    {"i8": -100, "i16": -30000, "u16": 65535, "u32": 2**32 - 1, "long": "y" * 70_000, "many": [0] * 70_000},
]


def test_numpy_scalars_are_the_numbers_they_hold() -> None:
    given = {"k": np.int64(3), "share": np.float32(0.5), "bootstrap": np.bool_(True)}
    assert msgpack.unpackb(encode({"parameters": given})) == {
        "parameters": {"k": 3, "share": 0.5, "bootstrap": True}
    }
    with pytest.raises(TypeError, match="object is no number"):
        encode({"parameters": {"k": object()}})


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("cut", [1, 2, 7, 1000])
def test_a_large_message_decodes_as_msgpack_does_however_it_is_cut(value: dict, cut: int) -> None:
    message = msgpack.packb(value) * 2
    pieces = [message[:cut], message[cut : 2 * cut], message[2 * cut :]]
    decoded = decode(pieces)
    assert decoded == [value, value]


@pytest.mark.parametrize("message", [b"\x81", b"\xc1", b"\x01", b"\x81\xa1a"])
def test_what_is_no_frame_is_refused(message: bytes) -> None:
    with pytest.raises(MalformedError):
        decode([message, b""]) if message else None


def test_a_small_message_cut_short_is_refused() -> None:
    with pytest.raises(MalformedError):
        decode([msgpack.packb({"a": 1})[:-1]])


def test_large_tensors_are_sent_where_they_lie_and_read_where_they_came() -> None:
    big, small = np.random.default_rng(0).normal(size=(300, 100)), np.arange(3.0)
    inputs = {"a": to_wire(big), "b": to_wire(small), "c": to_wire(big)}
    parts = encode({"type": "infer", "id": 7, "model": "m", "inputs": inputs, "timeout_ms": 5.0})
    assert isinstance(parts, list)
    views = [part for part in parts if isinstance(part, memoryview)]
    assert [np.shares_memory(np.frombuffer(view), big) for view in views] == [True, True]
    whole = b"".join(parts)
    assert size_of(parts) == len(whole)
    frame = msgpack.unpackb(whole)
    assert frame["inputs"]["b"]["data"] == small.tobytes() and frame["timeout_ms"] == 5.0

    [received] = decode(parts)
    array = from_wire(received["inputs"]["a"])
    assert np.array_equal(array, big) and np.shares_memory(array, big)


def test_an_observation_that_is_large_goes_in_parts_too() -> None:
    values = to_wire(np.zeros((LARGE_BYTES, 1)))
    parts = encode({"type": "observe", "id": 1, "stream": "s", "ts": [1.0], "values": values})
    assert msgpack.unpackb(b"".join(parts))["values"]["shape"] == [LARGE_BYTES, 1]


@pytest.mark.parametrize(
    "dtype", ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?", ">f8"]
)
def test_arrays_come_back_as_they_went(dtype: str) -> None:
    array = np.array([[0, 1, 1], [1, 0, 1]], dtype=dtype)
    for each in (array, array.T, array[:, ::2], np.asfortranarray(array), array[0, 1], array[:0]):
        assert np.array_equal(from_wire(to_wire(each)), each)


def test_strings_come_back() -> None:
    assert from_wire(to_wire(np.array([["a"], ["ü"]]))).tolist() == [["a"], ["ü"]]


@pytest.mark.parametrize(
    "value", [np.array([1j]), np.array([object()]), np.array(["2020-01-01"], dtype="M8[D]")]
)
def test_what_the_wire_has_not_is_refused_by_name(value: np.ndarray) -> None:
    with pytest.raises(InvalidArgumentError, match=r"inputs\.X"):
        to_wire(value, "X")


def test_frames_of_one_turn_are_gathered_up_to_64_kib() -> None:
    small = b"x" * 10_000
    assert [len(each) for each in gathered([small] * 8)] == [60_000, 20_000]
    assert gathered([small, [b"a", b"b"], small]) == [small, [b"a", b"b"], small]
    assert len(gathered([b"x"] * 5_000)) == 2
