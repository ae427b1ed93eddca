"""The fitted attributes that are answered: scikit-learn's names without the trailing underscore."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from headgate_trainer.registry import TensorSpec
from headgate_trainer.tensors import Arrays

Shape = tuple[int | str, ...]
_FLOAT, _INT = ("FP64",), ("INT64",)

# Name: the library's attribute, datatype, shapes, description.
TABLE: dict[str, tuple[str, tuple[str, ...], tuple[Shape, ...], str]] = {
    "classes": ("classes_", ("INT64", "BYTES"), (("classes",),), "The classes, sorted."),
    "n_features_in": ("n_features_in_", _INT, ((),), "The number of columns of X."),
    "feature_importances": (
        "feature_importances_",
        _FLOAT,
        (("columns",),),
        "The importance of each column by the decrease of the impurity; they sum to 1.",
    ),
    "oob_score": (
        "oob_score_",
        _FLOAT,
        ((),),
        "The score on the rows left out of the trees' samples.",
    ),
    "loss_curve": ("loss_curve_", _FLOAT, (("iterations",),), "The loss after each epoch."),
    "loss": ("loss_", _FLOAT, ((),), "The loss at the end of the fit."),
    "best_loss": (
        "best_loss_",
        _FLOAT,
        ((),),
        "The smallest loss of the fit; absent with early stopping.",
    ),
    "validation_scores": (
        "validation_scores_",
        _FLOAT,
        (("iterations",),),
        "The score on the rows set aside, after each epoch.",
    ),
    "best_validation_score": (
        "best_validation_score_",
        _FLOAT,
        ((),),
        "The best score on the rows set aside.",
    ),
    "n_iter": ("n_iter_", _INT, ((), ("solutions",)), "The number of iterations that were run."),
    "train_scores": (
        "train_score_",
        _FLOAT,
        (("iterations",),),
        "The library's `train_score_`: the loss or score on the training rows by iteration.",
    ),
    "validation_score_curve": (
        "validation_score_",
        _FLOAT,
        (("iterations",),),
        "The library's `validation_score_`: the loss or score on the rows set aside.",
    ),
    "oob_scores": ("oob_scores_", _FLOAT, (("iterations",),), "The loss out of bag by stage."),
    "n_estimators": ("n_estimators_", _INT, ((),), "The number of stages that were fitted."),
    "coef": (
        "coef_",
        _FLOAT,
        (("columns",), ("outputs", "columns")),
        "The coefficients of the columns.",
    ),
    "intercept": ("intercept_", _FLOAT, ((), ("outputs",)), "The intercept."),
    "dual_gap": ("dual_gap_", _FLOAT, ((), ("outputs",)), "The dual gap at the end of the fit."),
    "support": ("support_", _INT, (("vectors",),), "The indices of the support vectors in X."),
    "n_support": (
        "n_support_",
        _INT,
        (("classes",),),
        "The number of support vectors of each class.",
    ),
    "dual_coef": (
        "dual_coef_",
        _FLOAT,
        (("pairs", "vectors"),),
        "The coefficients of the support vectors in the decision function.",
    ),
    "n_samples_fit": (
        "n_samples_fit_",
        _INT,
        ((),),
        "The number of rows that neighbours are sought in.",
    ),
}


def specs_of(names: Sequence[str]) -> tuple[TensorSpec, ...]:
    """List the tensors of attributes."""
    found = []
    for name in names:
        _, datatypes, shapes, description = TABLE[name]
        optional = name not in ("classes", "n_features_in")
        found.append(
            TensorSpec(name, datatypes, shapes[0], description, optional, other_shapes=shapes[1:])
        )
    return tuple(found)


def read_attributes(estimator: Any, names: Sequence[str]) -> Arrays:
    """Read those attributes that the fit has set."""
    found: Arrays = {}
    for name in names:
        value = getattr(estimator, TABLE[name][0], None)
        if value is None or (isinstance(value, list) and None in value):
            continue
        array = np.asarray(value)
        if array.size == 0:
            continue
        if array.dtype.kind in "iub":
            array = array.astype(np.int64)
        elif array.dtype.kind == "f":
            array = array.astype(np.float64)
        found[name] = array
    return found
