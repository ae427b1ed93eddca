"""scikit-learn's exceptions and warnings: its own classes where it is loaded, else ones of the same name."""

from __future__ import annotations

import sys
import warnings
from typing import Any


class NotFittedError(ValueError, AttributeError):
    """The estimator was used before it was fitted."""


class InvalidParameterError(ValueError, TypeError):
    """A parameter is none that the estimator takes; scikit-learn's class has the same bases."""


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
    message = (
        f"This {name} instance is not fitted yet. Call 'fit' with appropriate arguments before using this "
        "estimator."
    )
    return _as_both(NotFittedError, "sklearn.exceptions", message)


def invalid_parameter(message: str) -> Exception:
    """What a wrong parameter raises; caught as ours and as scikit-learn's."""
    return _as_both(InvalidParameterError, "sklearn.utils._param_validation", message)


def _as_both(ours: type[Exception], module: str, message: str) -> Exception:
    """An exception of our class and, where its module is loaded, of scikit-learn's of the same name."""
    theirs = getattr(sys.modules.get(module), ours.__name__, None)
    bases = (ours,) if theirs is None else (ours, theirs)
    error: Exception = type(ours.__name__, bases, {"__module__": __name__})(message)
    return error


def warn_convergence(message: str) -> None:
    """Tell that a fit stopped at its last iteration."""
    warnings.warn(message, of_sklearn("ConvergenceWarning", ConvergenceWarning), stacklevel=4)
