"""Classifiers that a trainer of the gateway fits."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...tensors import Array
from ..awaited import awaited
from .targets import class_target
from .trained import Trained


class TrainedClassifier(Trained):
    """Predicts classes."""

    _kind = "classifier"
    classes_: Array

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        if given.get("trainer") is not None and "probabilities" not in cls._trainer.predictions:
            for name in ("predict_proba", "predict_log_proba", "apredict_proba"):
                setattr(cls, name, MissingVerb(name))

    def _target(self, y: Any, X: Array) -> Array:
        classes, target = class_target(y, X, type(self).__name__)
        self.classes_ = classes
        return target

    def _known_classes(self, y: Any, X: Array) -> Array:
        """Of an eval set.

        :raises ValueError: for a class that y does not have
        """
        classes, target = class_target(y, X, type(self).__name__)
        unknown = sorted(set(classes.tolist()) - set(self.classes_.tolist()))
        if unknown:
            raise ValueError(f"eval_set has classes that y does not have: {unknown[:5]}")
        return target

    def predict(self, X: Any) -> Array:
        """The class of each row."""
        if self._is_here:
            return np.asarray(self._here.predict(self._input(X)))
        return self._predicted(X, "labels")["labels"].astype(self.classes_.dtype)

    def predict_proba(self, X: Any) -> Array:
        """The probability of each class, in the order of `classes_`."""
        if self._is_here:
            return np.asarray(self._here.predict_proba(self._input(X)))
        return self._predicted(X, "probabilities")["probabilities"]

    def predict_log_proba(self, X: Any) -> Array:
        """The logarithms of `predict_proba`."""
        with np.errstate(divide="ignore"):
            found: Array = np.log(self.predict_proba(X))
        return found

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The share of rows whose class is predicted."""
        return self.score_of(self.predict(X), y, sample_weight)

    def score_of(self, found: Array, y: Any, sample_weight: Any) -> float:
        """The score of predictions."""
        hits = found == np.asarray(y)
        return float(np.average(hits, weights=sample_weight))

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags

        tags = super().__sklearn_tags__()
        tags.classifier_tags = ClassifierTags()
        return tags

    apredict = awaited(predict)
    apredict_proba = awaited(predict_proba)
    ascore = awaited(score)


class MissingVerb:
    """A verb that the class has and its estimators have not, as where a model knows no probabilities."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> Any:
        raise AttributeError(f"{owner.__name__} has no {self._name}")
