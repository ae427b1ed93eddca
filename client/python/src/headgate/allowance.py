"""The limits of a connection, from the gateway's welcome.

What is over it is refused before it is sent: sent, it would close the connection and take the other requests
with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .codec import Frame

NESTING_MAX = 8
"""The depth of maps and lists in a frame, the frame included: more ends the connection (PROTOCOL.md)."""

_TENSORS = frozenset({"inputs", "columns", "values", "history"})
"""Fields that the client itself makes, of known depth; their lists are long."""


@dataclass(frozen=True)
class Allowance:
    """A limit is None where the gateway does not send one."""

    credits: int
    """Requests in flight."""
    bytes_in_flight: int
    message_bytes: int
    text_bytes: int | None = None
    """Bytes of the strings in a message."""
    text_values: int | None = None
    """Strings in a message, keys too."""

    def __post_init__(self) -> None:
        limits = (self.message_bytes, self.bytes_in_flight, self.text_bytes, self.text_values)
        surely = min(limit for limit in limits if limit is not None)
        object.__setattr__(self, "_surely", surely)

    _surely: int = field(init=False, repr=False, compare=False, default=0)
    """A frame of at most so many bytes is within each limit: a string takes at least one byte."""

    def problem(self, frame: Frame, size: int) -> str | None:
        """The reason why a frame of this size cannot be sent at all; None when it can."""
        deep = _too_deep_field(frame)
        if deep is not None:
            return f"{deep}: lists and maps may be nested {NESTING_MAX} deep, counted from the request itself"
        if size <= self._surely:
            return None
        if size > min(self.message_bytes, self.bytes_in_flight):
            of_message = self.message_bytes <= self.bytes_in_flight
            what, name = ("a message", "message_bytes") if of_message else ("flight", "bytes_in_flight")
            limit = min(self.message_bytes, self.bytes_in_flight)
            setting = f", or raise limits.{name} in its config"
            return _refusal(f"{size} bytes", limit, what, name) + setting
        count, total = text_size(frame)
        if self.text_bytes is not None and total > self.text_bytes:
            return _refusal(f"{total} bytes of strings", self.text_bytes, "a message", "text_bytes")
        if self.text_values is not None and count > self.text_values:
            return _refusal(f"{count} strings", self.text_values, "a message", "text_values")
        return None


def _too_deep_field(frame: Frame) -> str | None:
    """The field whose lists and maps are nested deeper than a gateway reads."""
    for name, value in frame.items():
        if isinstance(value, _NESTED) and name not in _TENSORS and _deeper(value, NESTING_MAX - 1):
            return name
    return None


_NESTED = (dict, list, tuple)


def _deeper(value: object, levels: int) -> bool:
    if isinstance(value, dict):
        return levels == 0 or any(_deeper(each, levels - 1) for each in value.values())
    if isinstance(value, list | tuple):
        return levels == 0 or any(_deeper(each, levels - 1) for each in value)
    return False


def _refusal(has: str, limit: int, where: str, name: str) -> str:
    return (
        f"the request has {has} and the gateway takes {limit} in {where} (welcome.limits.{name}): "
        "send less at once"
    )


def text_size(value: object) -> tuple[int, int]:
    """The strings of a value, keys too, and their bytes in UTF-8."""
    if isinstance(value, str):
        return 1, len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
    if isinstance(value, dict):
        return _sum(part for item in value.items() for part in item)
    if isinstance(value, list | tuple) and not set(map(type, value)) <= _NUMBERS:
        return _sum(value)
    return 0, 0


_NUMBERS = {int, float, bool, type(None)}


def _sum(values: Iterable[Any]) -> tuple[int, int]:
    count = total = 0
    for value in values:
        more, size = text_size(value)
        count, total = count + more, total + size
    return count, total
