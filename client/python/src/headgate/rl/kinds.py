"""Refuses values of the wrong kind by the name of their field, before anything is computed of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError


def require_amount(name: str, value: Any) -> None:
    """A number of at least 0, or None."""
    if value is not None and not (_is_number(value) and math.isfinite(value) and value >= 0):
        raise InvalidArgumentError(f"{name}: must be a number of at least 0, got {value!r}")


def require_count(name: str, value: Any) -> None:
    """An integer of at least 1."""
    if not (_is_number(value) and math.isfinite(value) and value == int(value) and value >= 1):
        raise InvalidArgumentError(f"{name}: must be an integer of at least 1, got {value!r}")


def require_list(name: str, value: Any) -> None:
    """A list or a tuple, or None; a text is no list of its letters."""
    if value is not None and not isinstance(value, list | tuple | range | np.ndarray):
        raise InvalidArgumentError(f"{name}: must be a list, got {value!r}")


def require_mapping(name: str, value: Any) -> None:
    """A mapping, or None."""
    if value is not None and not isinstance(value, Mapping):
        raise InvalidArgumentError(f"{name}: must be a mapping, got {value!r}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
