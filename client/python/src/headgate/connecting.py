"""`connect`: a client from an address, awaited or entered."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from typing import Any

from .gate import Gate
from .options import Options, addresses


class connect:
    """A client of the gateway at `url`, which may be several; by default those of HEADGATE_URL.

    `gate = await connect(...)`, or `async with connect(...) as gate`, which closes it.
    The settings are those of `Options`; `token` is HEADGATE_TOKEN by default, and a function is asked for
    one at each connection.

    :raises UnavailableError: when no gateway could be had in `connect_timeout`
    :raises UnauthenticatedError: when the token is wrong
    """

    def __init__(self, url: str | Sequence[str] | None = None, **settings: Any) -> None:
        self._urls = addresses(url)
        self._options = options_of(settings)
        self._gate: Gate | None = None

    async def _open(self) -> Gate:
        gate = self._gate = Gate(self._urls, self._options)
        gate.start()
        return await gate.opened()

    def __await__(self) -> Generator[Any, None, Gate]:
        return self._open().__await__()

    async def __aenter__(self) -> Gate:
        return await self._open()

    async def __aexit__(self, *exc: object) -> None:
        if self._gate is not None:
            await self._gate.close()


def options_of(settings: dict[str, Any]) -> Options:
    """The options of keyword arguments.

    :raises TypeError: for one that there is not
    """
    if settings.get("token") is None:
        settings = {**settings, "token": os.environ.get("HEADGATE_TOKEN") or None}
    return Options(**settings)
