"""Scores of a fitted model on the training rows and on the eval set.

A classifier's ``train_score`` and ``eval_score`` are the accuracy, as scikit-learn's ``score``, and
``*_log_loss`` stands beside them where it has probabilities. A regressor's are R², and ``*_rmse``
stands beside them.
"""

import numpy as np

from headgate_trainer.fit_inputs import Table
from headgate_trainer.registry import FittedModel
from headgate_trainer.tensors import Array, Arrays


def scores_of(model: FittedModel, table: Table) -> Arrays:
    """Score the model on the rows that it was fitted on, and on those held out."""
    if not table.scored:
        return {}
    scores = _scores("train", model, table.X, table.y)
    if table.X_eval is not None and table.y_eval is not None:
        scores |= _scores("eval", model, table.X_eval, table.y_eval)
    return scores


def _scores(prefix: str, model: FittedModel, X: Array, y: Array) -> Arrays:
    answers = model.predict(X)
    if model.family == "classifier":
        values = {"score": float(np.mean(answers["labels"] == y))}
        if "probabilities" in answers:
            values["log_loss"] = log_loss(model.attributes["classes"], answers["probabilities"], y)
    else:
        predictions = answers["predictions"].reshape(y.shape)
        values = {
            "score": r2(y, predictions),
            "rmse": float(np.sqrt(np.mean((y - predictions) ** 2))),
        }
    return {f"{prefix}_{name}": np.array(value) for name, value in values.items()}


def log_loss(classes: Array, probabilities: Array, y: Array) -> float:
    """Average the negative logarithm of the true class's probability, as scikit-learn does."""
    at = np.searchsorted(classes, y)
    total = probabilities.sum(axis=1)
    chosen = probabilities[np.arange(len(y)), at] / np.where(total > 0, total, 1)
    smallest = np.finfo(np.float64).eps
    return float(-np.mean(np.log(np.clip(chosen, smallest, 1 - smallest))))


def r2(y: Array, predictions: Array) -> float:
    """R², averaged over the columns of y; 1 or 0 for a column without variance."""
    residual = ((y - predictions) ** 2).sum(axis=0)
    total = ((y - y.mean(axis=0)) ** 2).sum(axis=0)
    perfect = np.where(residual == 0, 1.0, 0.0)
    return float(
        np.mean(np.where(total > 0, 1 - residual / np.where(total > 0, total, 1), perfect))
    )
