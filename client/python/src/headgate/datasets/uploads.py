"""Puts tables and grows them, in parts where they are larger than a message."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from math import prod
from typing import NamedTuple, Protocol

from ..codec import Frame
from ..errors import FailedPreconditionError, HeadgateError, InvalidArgumentError, UnavailableError
from ..requests import MakeFrame
from ..tensors import Array, to_wire

FEATURE = "datasets"
# Smaller than a message may be: between the parts of a large table go the requests of others.
PART_BYTES = 4 * 1024 * 1024
PART_ELEMENTS = 1 << 24
_PARTS_UNDER_WAY = 2
_UPLOADS_MAX = 3
"""Attempts at a put in parts, each of which ends with its connection."""


class Kept(NamedTuple):
    """What the gateway said of a version that it keeps."""

    dataset: str
    version: str
    rows: int
    bytes: int
    sha256: str


class Sender(Protocol):
    """The methods of a gate that an upload calls."""

    @property
    def message_bytes(self) -> int:
        """The largest message that the gateway takes."""

    async def request(
        self, make: MakeFrame, *, timeout: float | None, repeatable: bool, needs: str | None
    ) -> Frame:
        """The answer to a request."""


async def put(
    sender: Sender,
    columns: Mapping[str, Array],
    *,
    dataset: str | None = None,
    ts: float | None = None,
    expiry_s: float | None = None,
    timeout: float | None = None,
) -> Kept:
    """Keep columns as a version of a dataset.

    :param expiry_s: without use, after which the gateway removes it; by default its own limit
    """
    expiry_ms = None if expiry_s is None else int(expiry_s * 1000)
    given = (("dataset", dataset), ("ts", ts), ("expiry_ms", expiry_ms))
    named = {name: value for name, value in given if value is not None}
    parts = list(_ranges(columns, min(PART_BYTES, sender.message_bytes // 2)))
    if len(parts) == 1:
        return await _sent(sender, {"type": "put", **named}, columns, timeout, repeatable=True)
    # An upload ends with its connection: then all of it is sent again.
    for _ in range(_UPLOADS_MAX - 1):
        with suppress(FailedPreconditionError, UnavailableError):
            return await _put_in_parts(sender, columns, parts, named, timeout)
    return await _put_in_parts(sender, columns, parts, named, timeout)


async def append(
    sender: Sender,
    dataset: str,
    version: str,
    columns: Mapping[str, Array],
    *,
    ts: float | None = None,
    timeout: float | None = None,
) -> Kept:
    """Add rows to a version, which must be the newest: with it, a repeat adds nothing twice."""
    kept: Kept | None = None
    for first, end in _ranges(columns, min(PART_BYTES, sender.message_bytes // 2)):
        frame: Frame = {"type": "append", "dataset": dataset, "version": kept.version if kept else version}
        if ts is not None:
            frame["ts"] = ts
        rows = {name: each[first:end] for name, each in columns.items()}
        kept = await _sent(sender, frame, rows, timeout, repeatable=True)
    if kept is None:
        raise InvalidArgumentError("data: has no rows")
    return kept


async def _put_in_parts(
    sender: Sender,
    columns: Mapping[str, Array],
    parts: list[tuple[int, int]],
    named: Frame,
    timeout: float | None,
) -> Kept:
    """Two parts on their way at once: the gateway need not wait, and requests of others wait for two."""
    upload = uuid.uuid4().hex
    asked: list[asyncio.Future[Frame]] = []
    try:
        for number, (first, end) in enumerate(parts):
            frame: Frame = {"type": "put", **named, "upload": upload, "part": number}
            if end == parts[-1][1]:
                frame["last"] = True
            rows = {name: each[first:end] for name, each in columns.items()}
            asked.append(asyncio.ensure_future(_ask(sender, frame, rows, timeout, repeatable=False)))
            if number >= _PARTS_UNDER_WAY:
                await asked[number - _PARTS_UNDER_WAY]
        answers = await asyncio.gather(*asked)
    finally:
        for each in asked:
            each.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
    return _kept(answers[-1])


async def _sent(
    sender: Sender, frame: Frame, columns: Mapping[str, Array], timeout: float | None, *, repeatable: bool
) -> Kept:
    return _kept(await _ask(sender, frame, columns, timeout, repeatable=repeatable))


async def _ask(
    sender: Sender, frame: Frame, columns: Mapping[str, Array], timeout: float | None, *, repeatable: bool
) -> Frame:
    def make(number: int, _remaining_ms: float) -> Frame:
        tensors = {name: to_wire(each, name) for name, each in columns.items()}
        return {**frame, "id": number, "columns": tensors}

    return await sender.request(make, timeout=timeout, repeatable=repeatable, needs=FEATURE)


def _kept(ack: Frame) -> Kept:
    return Kept(ack["dataset"], ack["version"], ack["rows"], ack["bytes"], ack["sha256"])


def _ranges(columns: Mapping[str, Array], part_bytes: int) -> Iterator[tuple[int, int]]:
    """The rows of each part.

    :raises InvalidArgumentError: for rows that are larger than a part
    """
    rows = len(next(iter(columns.values())))
    widths = [prod(each.shape[1:]) for each in columns.values()]
    row_bytes = sum(width * each.itemsize for width, each in zip(widths, columns.values(), strict=True))
    size = min(part_bytes // max(1, row_bytes), PART_ELEMENTS // max(1, *widths, 1))
    if size < 1:
        raise InvalidArgumentError(
            f"data: has rows of {row_bytes} bytes, and {part_bytes} can be sent at once"
        )
    for first in range(0, rows, size):
        yield first, min(rows, first + size)


def is_lasting(error: HeadgateError) -> bool:
    """Whether the same put would be refused again soon."""
    return error.code in ("permission_denied", "unimplemented", "invalid_argument", "resource_exhausted")
