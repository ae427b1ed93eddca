"""Constructors that are made of the trainers' table."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def constructor_of(signature: inspect.Signature) -> Callable[..., None]:
    """An `__init__` that stores each parameter under its name, as scikit-learn's clone wants it."""

    def __init__(self: Any, *args: Any, **given: Any) -> None:
        try:
            bound = signature.bind(self, *args, **given)
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}.__init__(): {error}") from None
        bound.apply_defaults()
        for name in list(signature.parameters)[1:]:
            setattr(self, name, bound.arguments[name])

    __init__.__signature__ = signature  # type: ignore[attr-defined]
    return __init__
