"""Gives an ONNX file to the gateway, in parts where it is larger than one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Protocol

from ..codec import Frame
from ..errors import InvalidArgumentError
from ..requests import MakeFrame
from .results import PublishedVersion

PART_BYTES = 4 * 1024 * 1024
_TIMEOUT_S = 600.0
"""The last part is answered once the version serves, which includes that it is opened and tried."""


class Sender(Protocol):
    """The methods of a gate that an upload calls."""

    @property
    def message_bytes(self) -> int: ...

    async def request(
        self, make: MakeFrame, *, timeout: float | None, repeatable: bool, needs: str | None
    ) -> Frame: ...


def read(path: str | PathLike[str]) -> bytes:
    """The file's bytes."""
    return Path(path).read_bytes()


async def upload(
    sender: Sender, onnx: bytes, publish: Frame, timeout: float | None, check: Callable[[], None]
) -> PublishedVersion:
    """Send the parts one after another; an upload that is not finished ends with its connection.

    :param check: called once there is a gateway, and raises where it lacks what the publication needs
    :raises InvalidArgumentError: for no bytes
    """
    if not onnx:
        raise InvalidArgumentError("onnx: the file is empty")
    size = min(PART_BYTES, sender.message_bytes // 2)
    parts = [memoryview(onnx)[first : first + size] for first in range(0, len(onnx), size)]
    name, ack = uuid.uuid4().hex, Frame()
    for number, part in enumerate(parts):
        frame: Frame = {"type": "upload"}
        if number == 0:
            frame["publish"] = publish
        if len(parts) > 1:
            frame |= {"upload": name, "part": number, "last": number == len(parts) - 1}

        def make(request: int, _remaining_ms: float, frame: Frame = frame, part: memoryview = part) -> Frame:
            check()
            return {**frame, "id": request, "onnx": part}

        within_s = _TIMEOUT_S if timeout is None else timeout
        ack = await sender.request(make, timeout=within_s, repeatable=False, needs="upload")
    return PublishedVersion(ack["model"], ack["version"])
