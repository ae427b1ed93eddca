"""scikit-learn's exceptions and warnings: its own classes where it is loaded, else ones of the same name."""

from __future__ import annotations

import sys
import warnings
from typing import Any


class NotFittedError(ValueError, AttributeError):
    """The estimator was used before it was fitted."""


class ConvergenceWarning(UserWarning):
    """A fit stopped at its last iteration."""


class DataConversionWarning(UserWarning):
    """Data was converted that needed not be."""


def of_sklearn(name: str, ours: Any) -> Any:
    """scikit-learn's class of that name, if it is loaded."""
    return getattr(sys.modules.get("sklearn.exceptions"), name, ours)


def not_fitted(estimator: object) -> Exception:
    """What an estimator that was not fitted raises; caught as ours and as scikit-learn's."""
    name = type(estimator).__name__
    theirs = of_sklearn("NotFittedError", NotFittedError)
    bases = (NotFittedError,) if theirs is NotFittedError else (NotFittedError, theirs)
    message = (
        f"This {name} instance is not fitted yet. Call 'fit' with appropriate arguments before using it."
    )
    kind = type("NotFittedError", bases, {"__module__": __name__})
    error: Exception = kind(message)
    return error


def warn_convergence(message: str) -> None:
    """Tell that a fit stopped at its last iteration."""
    warnings.warn(message, of_sklearn("ConvergenceWarning", ConvergenceWarning), stacklevel=4)
