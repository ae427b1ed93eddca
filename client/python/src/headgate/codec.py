"""Encodes frames to messages and decodes them. A large tensor is a fragment of its own in both directions."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import msgpack
import numpy as np

Frame = dict[str, Any]
Bytes = bytes | bytearray | memoryview
Parts = list[Bytes]

# From this size on a tensor's bytes are sent without a copy, and received ones are sliced, not copied: a
# memcpy of 64 KiB costs about as much as the 5 us of a second WebSocket frame.
LARGE_BYTES = 64 * 1024

# Shorter messages mostly hold one frame. An Unpacker allocates a buffer, by default of a megabyte: that costs
# 20 us, where decoding a small frame costs 2.
_ALONE_BYTES = 512


def _plain(value: Any) -> Any:
    """Convert a NumPy scalar, such as a parameter from a loop over `np.arange`, to its Python number."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is no number, text, list or map")


_packer = msgpack.Packer(use_bin_type=True, autoreset=True, default=_plain)
_pack = _packer.pack
_NIL = b"\xc0"


class MalformedError(Exception):
    """The peer violated the protocol."""


def encode(frame: Frame) -> bytes | Parts:
    """Encode one frame; in parts when it holds a large tensor, in `inputs` or `columns`, or as `values`."""
    tensors = frame.get("inputs") or frame.get("columns")
    if tensors is None:
        values = frame.get("values")
        # The frame `state` has a boolean under this name.
        tensors = {"values": values} if isinstance(values, dict) else {}
    for tensor in tensors.values():
        data = tensor.get("data")  # A reference has none
        if type(data) is memoryview and data.nbytes >= LARGE_BYTES:
            return _in_parts(frame)
    packed: bytes = _pack(frame)
    return packed


_TENSORS = ("inputs", "columns", "values")


def _in_parts(frame: Frame) -> Parts:
    """Encode the tensors last: each has a packed header, and its bytes follow without a copy."""
    rest = {name: value for name, value in frame.items() if name not in _TENSORS}
    head = bytearray(_map_header(len(frame)))
    for name, value in rest.items():
        head += _pack(name) + _pack(value)
    parts: Parts = []
    if "values" in frame:
        head += _pack("values")
        return _append(frame["values"], head, parts)
    tensors = "inputs" if "inputs" in frame else "columns"
    head += _pack(tensors) + _map_header(len(frame[tensors]))
    for name, tensor in frame[tensors].items():
        head += _pack(name)
        _append(tensor, head, parts)
    if head:
        parts.append(bytes(head))
    return parts


def _append(tensor: Frame, head: bytearray, parts: Parts) -> Parts:
    data = tensor.get("data")
    if type(data) is not memoryview or data.nbytes < LARGE_BYTES:
        head += _pack(tensor)
        return parts
    head += _map_header(3) + _pack("datatype") + _pack(tensor["datatype"])
    head += _pack("shape") + _pack(tensor["shape"]) + _pack("data") + b"\xc6" + struct.pack(">I", data.nbytes)
    parts += [bytes(head), data]
    head.clear()
    return parts


def _map_header(size: int) -> bytes:
    return bytes([0x80 | size]) if size < 16 else b"\xde" + struct.pack(">H", size)


def size_of(encoded: bytes | Parts) -> int:
    """The number of bytes of an encoded frame."""
    return sum(len(part) for part in encoded) if isinstance(encoded, list) else len(encoded)


def decode(message: Sequence[Bytes]) -> list[Frame]:
    """Decode the frames of a message from its fragments; large tensors are views into the fragments."""
    if len(message) > 1 or len(message[0]) >= LARGE_BYTES:
        return _Scanner(message).frames()
    try:
        if len(message[0]) < _ALONE_BYTES:
            try:
                return [msgpack.unpackb(message[0], raw=False, strict_map_key=True)]
            except msgpack.ExtraData:
                pass
        unpacker = msgpack.Unpacker(raw=False, strict_map_key=True, max_buffer_size=0, read_size=LARGE_BYTES)
        unpacker.feed(message[0])
        unpacker.feed(_NIL)  # A truncated frame consumes this nil, so that its absence shows the cut
        frames = list(unpacker)
    except (ValueError, msgpack.UnpackException) as error:
        raise MalformedError(str(error)) from error
    if not frames or frames.pop() is not None:
        raise MalformedError("a message is cut short")
    return frames


class _Scanner:
    """Decodes MessagePack over fragments; large `bin` values become views, others are decoded by msgpack.

    It steps over values in Python, some 0.3 us each, so it is meant for messages that are mostly tensors.
    """

    def __init__(self, fragments: Sequence[Bytes]) -> None:
        self._views = [memoryview(part) for part in fragments if len(part)]
        self._at = 0
        self._chunk = 0

    def frames(self) -> list[Frame]:
        """Decode all frames."""
        frames = []
        while self._chunk < len(self._views):
            frame = self._value(0)
            if not isinstance(frame, dict):
                raise MalformedError("a frame is no map")
            frames.append(frame)
        return frames

    def _take(self, count: int) -> memoryview:
        """The next bytes: a view, or a copy where they cross fragments."""
        pieces = []
        while count > 0:
            if self._chunk >= len(self._views):
                raise MalformedError("a message is cut short")
            view = self._views[self._chunk]
            piece = view[self._at : self._at + count]
            pieces.append(piece)
            count -= len(piece)
            self._at += len(piece)
            if self._at == len(view):
                self._chunk, self._at = self._chunk + 1, 0
        return pieces[0] if len(pieces) == 1 else memoryview(b"".join(pieces))

    def _size(self, length: int) -> int:
        return int.from_bytes(self._take(length), "big")

    def _value(self, depth: int) -> Any:
        if depth > 16:
            raise MalformedError("too deeply nested")
        tag = self._take(1)[0]
        if tag <= 0x7F or tag >= 0xE0:
            return tag if tag <= 0x7F else tag - 256
        if tag <= 0x8F:
            return self._map(tag & 15, depth)
        if tag <= 0x9F:
            return self._array(tag & 15, depth)
        if tag <= 0xBF:
            return self._text(tag & 31)
        return self._tagged(tag, depth)

    def _tagged(self, tag: int, depth: int) -> Any:
        if tag in _CONSTANTS:
            return _CONSTANTS[tag]
        if tag in _NUMBERS:
            form = _NUMBERS[tag]
            return form.unpack(self._take(form.size))[0]
        if 0xC4 <= tag <= 0xC6:
            size = self._size(1 << (tag - 0xC4))
            return self._take(size) if size else b""
        if 0xD9 <= tag <= 0xDB:
            return self._text(self._size(1 << (tag - 0xD9)))
        if tag in (0xDC, 0xDD):
            return self._array(self._size(2 if tag == 0xDC else 4), depth)
        if tag in (0xDE, 0xDF):
            return self._map(self._size(2 if tag == 0xDE else 4), depth)
        raise MalformedError(f"a value of type 0x{tag:x}")

    def _text(self, size: int) -> str:
        return str(self._take(size), "utf-8", "replace") if size else ""

    def _array(self, size: int, depth: int) -> list[Any]:
        return [self._value(depth + 1) for _ in range(size)]

    def _map(self, size: int, depth: int) -> Frame:
        return {self._value(depth + 1): self._value(depth + 1) for _ in range(size)}


_CONSTANTS: dict[int, object] = {0xC0: None, 0xC2: False, 0xC3: True}
_NUMBERS = {
    tag: struct.Struct(f">{letter}")
    for tag, letter in zip((0xCA, 0xCB, *range(0xCC, 0xD0), *range(0xD0, 0xD4)), "fdBHIQbhiq", strict=True)
}
