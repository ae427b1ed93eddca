"""The inputs, parameters and outputs of ``walk_forward``."""

from typing import Any

from headgate_trainer.parameters import Constraint, Parameter
from headgate_trainer.registry import TensorSpec
from headgate_trainer.signature import CLASSES, FLOATS

ROWS_MAX = 2_147_483_647
SPLITS_MAX = 10_000
COMBINATORIAL_MAX = 64
WORKERS_MAX = 1024

_INDEX, _FLOAT = ("INT32",), ("FP64",)


def _count(minimum: int, maximum: int = ROWS_MAX) -> Constraint:
    return {"type": "integer", "minimum": minimum, "maximum": maximum}


_NULL: Constraint = {"type": "null"}
_TRAIN_ROWS = {
    "rolling": "The number of rows before a test that a model is trained on.",
    "expanding": "The number of rows that the first model is trained on; each later one has all rows before its test.",
}
_TEST_ROWS = Parameter(
    "test_rows", "The number of rows that each fold tests.", 1, (_count(1),), required=True
)
_STEP_ROWS = Parameter(
    "step_rows",
    "The rows from the start of one test to that of the next; null is test_rows.",
    None,
    (_count(1), _NULL),
)
_PURGE = Parameter(
    "purge",
    "The rows beside a test that are not trained on, beyond those whose labels overlap it.",
    0,
    (_count(0),),
)
_EMBARGO = Parameter(
    "embargo",
    "The further rows behind a test that are not trained on; models that see no row behind their test have none.",
    0,
    (_count(0),),
)


def _splitter(kind: str, *fields: Parameter) -> Constraint:
    name = Parameter("kind", "The kind of splitter.", kind, ({"type": "string", "values": [kind]},))
    required = Parameter(name.name, name.description, kind, name.any_of, required=True)
    return {"type": "record", "fields": [required, *fields, _PURGE, _EMBARGO]}


def _walk(kind: str) -> Constraint:
    train = Parameter("train_rows", _TRAIN_ROWS[kind], 1, (_count(1),), required=True)
    return _splitter(kind, train, _TEST_ROWS, _STEP_ROWS)


def _splits(default: int, maximum: int) -> Parameter:
    text = "The number of blocks of equal size that the rows are cut into."
    return Parameter("n_splits", text, default, (_count(2, maximum),))


SPLITTERS = (
    _walk("rolling"),
    _walk("expanding"),
    _splitter("purged_k_fold", _splits(5, SPLITS_MAX)),
    _splitter(
        "combinatorial_purged",
        _splits(6, COMBINATORIAL_MAX),
        Parameter(
            "n_test_splits",
            "The number of blocks that each fold tests; every choice of so many is a fold.",
            2,
            (_count(1, COMBINATORIAL_MAX - 1),),
        ),
    ),
)


def parameters(estimators: list[str]) -> tuple[Parameter, ...]:
    """List the parameters; ``estimators`` are the names of the trainers that it may walk with."""
    trainer: Constraint = {"type": "trainer", "names": estimators}
    return (
        Parameter(
            "estimator",
            "The trainer that is fitted on the training rows of each fold, and its parameters.",
            None,
            (trainer,),
            required=True,
        ),
        Parameter(
            "splitter",
            "How the rows, which are in the order of time, are divided into folds.",
            None,
            SPLITTERS,
            required=True,
        ),
        Parameter(
            "refit_every",
            "For rolling and expanding: a model is kept for tests that begin fewer rows than this after its first one; null fits one for each test.",
            None,
            (_count(1), _NULL),
        ),
        _choice(
            "predictions",
            "Whether the library predicts, or the exported model, which is compared with the library on all tested rows.",
            "library",
            "onnx",
        ),
        _choice(
            "method",
            "Whether classes and values are predicted, or the probability of each class.",
            "predict",
            "predict_proba",
        ),
        Parameter(
            "workers",
            "The number of folds that are fitted at one time; null, and at most, as many as the gateway's setting allows, by default one a core.",
            None,
            (_count(1, WORKERS_MAX), _NULL),
        ),
    )


def _choice(name: str, text: str, *values: str) -> Parameter:
    words: Constraint = {"type": "string", "values": list(values)}
    return Parameter(name, text, values[0], (words,))


def _tensor(
    name: str, datatypes: tuple[str, ...], shape: Any, text: str, **more: Any
) -> TensorSpec:
    return TensorSpec(name, datatypes, shape, text, **more)


INPUTS = (
    _tensor(
        "X",
        FLOATS,
        ("rows", "columns"),
        "The rows in the order of time; for an LSTM a window of observations each. NaN stands for a missing value, where the estimator takes it.",
        allow_non_finite=True,
        other_shapes=(("rows", "window", "columns"),),
    ),
    _tensor("y", (*FLOATS, *CLASSES), ("rows",), "The class or the value to predict of each row."),
    _tensor(
        "sample_weight",
        FLOATS,
        ("rows",),
        "The weight of each row where it is trained on; absent: all are 1.",
        optional=True,
    ),
    _tensor(
        "label_end",
        ("INT64", "INT32"),
        ("rows",),
        "The index of the row at which the label of each row is known; absent: the row itself.",
        optional=True,
    ),
)

OUTPUTS = (
    _tensor(
        "predictions",
        ("FP64", "BYTES"),
        ("rows",),
        "The prediction of each row by a model that was not trained on it: NaN, or the empty string, where no fold tests the row. Classes that are integers are numbers here.",
        other_shapes=(
            ("paths", "rows"),
            ("rows", "classes"),
            ("paths", "rows", "classes"),
        ),
        allow_non_finite=True,
    ),
    _tensor(
        "fold",
        _INDEX,
        ("rows",),
        "The fold that tests each row; -1: none.",
        other_shapes=(("paths", "rows"),),
    ),
    _tensor(
        "fold_scores",
        _FLOAT,
        ("folds",),
        "The accuracy or R² of each fold on the rows that it tests; R² of one row is NaN.",
        allow_non_finite=True,
    ),
    _tensor(
        "feature_importances",
        _FLOAT,
        ("folds", "columns"),
        "The importance of each column by fold, where the estimator has importances.",
        optional=True,
    ),
    _tensor(
        "train_ranges",
        _INDEX,
        ("folds", "ranges", 2),
        "The rows that each fold was trained on, as half-open ranges; those that a fold does not need are empty.",
    ),
    _tensor(
        "test_ranges",
        _INDEX,
        ("folds", "ranges", 2),
        "The rows that each fold tests, as half-open ranges.",
    ),
    _tensor(
        "fold_fit_ms",
        _FLOAT,
        ("folds",),
        "The milliseconds of the library's fit of each fold; 0 where an earlier model was kept.",
    ),
    _tensor(
        "classes",
        ("INT64", "BYTES"),
        ("classes",),
        "The classes, sorted, where the estimator is a classifier.",
        optional=True,
    ),
)
