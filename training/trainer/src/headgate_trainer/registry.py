"""The interface of trainers, and the list of them.

A module of trainers calls ``register`` once with its trainers and is named in ``MODULES``. The
module must import without its library: ``Trainer.library`` names the distribution that must be
installed, and the trainer imports it inside ``fit``. What the host does with a trainer:

1. ``trainer.check(job)`` refuses what can be refused before the fit.
2. ``trainer.fit(job)`` answers a ``FittedModel``. It measures ``fit_ms`` around the library's own
   fit and nothing else, calls ``job.progress`` or ``job.check`` as often as it can, and reads
   ``job.inputs`` (arrays by input name) and ``job.parameters`` through ``self.values(job)``, which
   checks the names, turns each number into the kind that the library expects, and fills in
   defaults. ``fit_inputs.read_table`` reads X, y, sample_weight, X_eval and y_eval with the usual
   checks, ``fit_inputs.read_classes`` the classes of a classifier.
3. The host sends ``fitted`` with ``model.attributes``, to which the trainer has added
   ``scores.scores_of(model, table)``.
4. Where an export was asked for, ``model.to_onnx(rows)`` answers a graph over the input ``X``
   (FP64, first dimension ``batch``; a graph of trees casts to FP32 itself) with outputs of the
   names and datatypes of ``model.predict``. A model implements ``add_nodes``, with which it also
   serves behind the steps of a ``pipeline``, or overrides ``to_onnx`` whole. The host proves the
   graph on rows of its own against ``model.predict`` within ``model.tolerance`` and sends it with
   golden rows. ``graph.py`` builds graphs; ``tree_graph.py`` builds the nodes of any ensemble of
   trees from plain arrays, in FP64.

Trainers whose results cannot be exported (``walk_forward``) have no ``predictions``.
"""

import importlib
import importlib.metadata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from headgate_trainer.failure import unfit
from headgate_trainer.job import Job
from headgate_trainer.parameters import Parameter, read_values
from headgate_trainer.tensors import Array, Arrays

if TYPE_CHECKING:
    from headgate_trainer.graph import Graph

Family = Literal["classifier", "regressor", "other"]

# Modules that register trainers when they are imported, in the order of the documentation.
MODULES = [
    "headgate_trainer.scikit",
    "headgate_trainer.boosting",
    "headgate_trainer.network",
    "headgate_trainer.policies",
    "headgate_trainer.walk.trainer",
]


@dataclass(frozen=True)
class Tolerance:
    """The difference that the exported model may have: ``absolute + relative * |answer|``."""

    relative: float
    absolute: float = 0.0


@dataclass(frozen=True)
class TensorSpec:
    """A tensor of a signature; the fields are those of the gateway's ``TensorSpec``."""

    name: str
    datatypes: tuple[str, ...]
    shape: tuple[int | str, ...]
    description: str
    optional: bool = False
    allow_non_finite: bool = False
    other_shapes: tuple[tuple[int | str, ...], ...] = ()


class FittedModel(ABC):
    """What a fit has made."""

    family: Family
    attributes: Arrays
    fit_ms: float
    input_name = "X"
    input_text = "The rows to predict, with the columns of the training."
    descriptions: Mapping[str, str] = MappingProxyType({})
    """Of outputs that other models do not have."""
    accepts_missing: bool = False
    """Whether X may hold NaN when the model predicts."""

    @abstractmethod
    def predict(self, X: Array) -> Arrays:
        """Answer by the library itself.

        A classifier answers ``labels`` and, where the library has them, ``probabilities``; a
        regressor answers ``predictions``.
        """

    def add_nodes(self, graph: "Graph", x: str) -> dict[str, str]:
        """Add what answers rows in ``x``, and tell the value of each output of ``predict``."""
        del graph, x
        raise unfit("export: this trainer's model cannot be exported")

    def rows(self, job: Job) -> tuple[Array, Array | None]:
        """Answer rows that the model was trained on, and held-out ones, for the proof."""
        X_eval = job.inputs.get("X_eval")
        held_out = None if X_eval is None else np.asarray(X_eval, dtype=np.float64)
        return np.asarray(job.inputs["X"], dtype=np.float64), held_out

    def to_onnx(self, rows: Array) -> bytes:
        """Write an ONNX file that answers as ``predict`` does; ``rows`` are examples."""
        from headgate_trainer.graph import INPUT, Graph

        graph = Graph()
        values = self.add_nodes(graph, INPUT)
        for name, example in self.predict(rows).items():
            graph.output(name, values[name], example)
        return graph.build(rows.shape[1:])

    @property
    def tolerance(self) -> Tolerance:
        """The tolerated difference of each output that is not a label."""
        return Tolerance(1e-6)

    def comparable(self, X: Array) -> Array | None:
        """Tell of which rows the answer is unique; None: of all."""
        del X
        return None


@dataclass(frozen=True)
class Trainer(ABC):
    """A trainer by its name on the wire."""

    name: str
    family: Family
    description: str
    library: str = field(default="scikit-learn", kw_only=True)
    """The distribution that must be installed."""
    proven_within: Tolerance | None = field(default=None, kw_only=True)
    """The tolerated difference of its models, for the documentation; None: its estimator's."""
    in_pipeline: bool = field(default=True, kw_only=True)
    """Whether it takes X as a table of rows, and so may stand behind the steps of a pipeline."""

    @property
    @abstractmethod
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters with defaults, constraints and descriptions."""

    @property
    @abstractmethod
    def inputs(self) -> tuple[TensorSpec, ...]:
        """The tensors that it takes."""

    @property
    @abstractmethod
    def outputs(self) -> tuple[TensorSpec, ...]:
        """The fitted attributes and scores that it answers."""

    @property
    @abstractmethod
    def predictions(self) -> tuple[TensorSpec, ...]:
        """The outputs of its application; empty where its models cannot be exported."""

    @property
    def application_input(self) -> TensorSpec | None:
        """The input of its application; None: X, with the rows and the datatype of its own."""
        return None

    def check(self, job: Job) -> None:
        """Refuse what can be refused before the fit. The parameters are read once for that."""
        self.values(job)

    @abstractmethod
    def fit(self, job: Job) -> FittedModel:
        """Fit the model."""

    def values(self, job: Job) -> dict[str, Any]:
        """Read the parameters: checked names, the library's kinds, defaults filled in."""
        return read_values(job.parameters, self.parameters)


_registered: dict[str, dict[str, Trainer]] = {}


def register(module: str, trainers: Iterable[Trainer]) -> None:
    """Add a module's trainers; its name is one of ``MODULES``."""
    if module not in MODULES:
        raise ValueError(f"{module} is not named in MODULES")
    known = {name for each in _registered.values() for name in each}
    for trainer in trainers:
        if trainer.name in known:
            raise ValueError(f"two trainers are named {trainer.name}")
        known.add(trainer.name)
        _registered.setdefault(module, {})[trainer.name] = trainer


def all_trainers() -> Mapping[str, Trainer]:
    """List the trainers in the order of ``MODULES``, installed or not."""
    for module in MODULES:
        importlib.import_module(module)
    # A module that another one imports registers before its turn.
    return {
        name: trainer for module in MODULES for name, trainer in _registered.get(module, {}).items()
    }


def installed_version(distribution: str) -> str | None:
    """Find the version of an installed distribution without importing it."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def installed_trainers() -> dict[str, Trainer]:
    """List the trainers whose libraries are installed."""
    return {
        name: trainer
        for name, trainer in all_trainers().items()
        if installed_version(trainer.library) is not None
    }
