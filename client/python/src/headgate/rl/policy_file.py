"""A policy in one ONNX file: the graph, its observation's layout, what its trainer says of it. No pickle."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..errors import InvalidArgumentError
from ..policy_layout import PolicyLayout, layout_of

LAYOUT, SUMMARY, TRAINER = "headgate.observation_layout", "headgate.summary", "headgate.trainer"
"""Entries of the file's metadata; the gateway reads them of a file that is uploaded."""
_METADATA, _KEY, _VALUE = 14, 1, 2
"""Fields of onnx.proto: `ModelProto.metadata_props` and those of its entries."""


class PolicyFile(NamedTuple):
    """What a file holds."""

    onnx: bytes
    layout: PolicyLayout
    summary: str | None
    trainer: str | None


def read_policy(onnx: bytes, name: str) -> PolicyFile:
    """Read a file's metadata.

    :raises InvalidArgumentError: for a file without a layout, or that is no ONNX file
    """
    try:
        metadata = dict(_metadata(onnx))
        told = json.loads(metadata[LAYOUT]) if LAYOUT in metadata else None
        layout = layout_of(told)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise InvalidArgumentError(f"{name}: is no policy's ONNX file, or a damaged one: {error}") from None
    if layout is None:
        raise InvalidArgumentError(
            f"{name}: has no layout of its observation ({LAYOUT} in its metadata): it is no policy that was "
            "saved by headgate.rl"
        )
    return PolicyFile(onnx, layout, metadata.get(SUMMARY), metadata.get(TRAINER))


def with_metadata(onnx: bytes, metadata: Mapping[str, str]) -> bytes:
    """The file with these entries, where it does not have them: protobuf joins what is appended."""
    known = dict(_metadata(onnx))
    entries = [_entry(name, text) for name, text in metadata.items() if name not in known]
    return b"".join([onnx, *entries])


def _entry(name: str, text: str) -> bytes:
    pair = _field(_KEY, name.encode()) + _field(_VALUE, text.encode())
    return _field(_METADATA, pair)


def _field(number: int, content: bytes) -> bytes:
    return _varint(number * 8 + 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    found = bytearray()
    while value >= 128:
        found.append(value % 128 + 128)
        value //= 128
    return bytes([*found, value])


def _metadata(onnx: bytes) -> Iterator[tuple[str, str]]:
    for number, content in _fields(onnx):
        if number == _METADATA:
            entry = {part: text.decode() for part, text in _fields(content)}
            yield entry.get(_KEY, ""), entry.get(_VALUE, "")


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of known length; numbers are passed over."""
    at = 0
    while at < len(message):
        tag, at = _read_varint(message, at)
        kind = tag % 8
        if kind == 0:
            _, at = _read_varint(message, at)
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        elif kind == 2:
            length, at = _read_varint(message, at)
            if at + length > len(message):
                raise ValueError("it ends inside a field")
            yield tag // 8, message[at : at + length]
            at += length
        else:
            raise ValueError(f"a field of kind {kind} at byte {at}")


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for i in range(10):
        byte = message[at + i]
        value += (byte & 127) << (7 * i)
        if byte < 128:
            return value, at + i + 1
    raise ValueError(f"a number of more than ten bytes at byte {at}")
