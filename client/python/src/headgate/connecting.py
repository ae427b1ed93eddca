"""`connect`: a client from an address, awaited or entered."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any, get_args

from .errors import InvalidArgumentError
from .gate import Gate
from .options import FALLBACK_THREADS_MAX, DatasetsMode, Options, Settings, addresses

if TYPE_CHECKING:
    from typing_extensions import Unpack


class connect:
    """A client of the gateway at `url`, which may be several; by default those of HEADGATE_URL.

    `gate = await connect(...)`, or `async with connect(...) as gate`, which closes it.
    The settings are those of `Options`; `token` is HEADGATE_TOKEN by default, and a function is asked for
    one at each connection, and again before it expires.

    :param wait: whether to wait until connected; without, the client connects in the background, and calls
        wait within their own time or fall back
    :raises UnavailableError: when no gateway could be had in `connect_timeout`, with the cause
    :raises UnauthenticatedError: when the token is wrong
    """

    def __init__(
        self, url: str | Sequence[str] | None = None, *, wait: bool = True, **settings: Unpack[Settings]
    ) -> None:
        self._urls = addresses(url)
        self._wait = wait
        self._options = options_of(settings)
        require_tls(self._urls, self._options)
        self._gate: Gate | None = None

    async def _open(self) -> Gate:
        gate = self._gate = Gate(self._urls, self._options)
        gate.start()
        return await gate.opened() if self._wait else gate

    def __await__(self) -> Generator[Any, None, Gate]:
        return self._open().__await__()

    async def __aenter__(self) -> Gate:
        return await self._open()

    async def __aexit__(self, *exc: object) -> None:
        if self._gate is not None:
            await self._gate.close()


def options_of(settings: Settings) -> Options:
    """The options of keyword arguments.

    :raises TypeError: for one that there is not
    :raises InvalidArgumentError: for a number out of its range
    """
    if settings.get("token") is None:
        settings = {**settings, "token": os.environ.get("HEADGATE_TOKEN") or None}
    options = Options(**settings)
    for name in ("connect_timeout", "timeout", "fallback_after"):
        if not getattr(options, name) > 0:
            raise InvalidArgumentError(f"{name}: must be a number of seconds above 0")
    if not 1 <= options.fallback_threads <= FALLBACK_THREADS_MAX:
        raise InvalidArgumentError(f"fallback_threads: must be from 1 to {FALLBACK_THREADS_MAX}")
    if options.datasets not in (None, *get_args(DatasetsMode)):
        raise InvalidArgumentError(f"datasets: must be on, sampled or off, not {options.datasets!r}")
    return options


def require_tls(urls: Sequence[str], options: Options) -> None:
    """Who gives certificates expects the connection to be encrypted.

    :raises InvalidArgumentError: for an address that is not
    """
    for url in urls:
        if options.tls is not None and not url.startswith("wss:"):
            raise InvalidArgumentError(f"tls: {url} is not encrypted: write wss://, or leave `tls` out")
