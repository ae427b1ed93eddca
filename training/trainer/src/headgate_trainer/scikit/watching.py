"""Follows a fit from inside without changing its numbers.

Each watcher is called between two steps of the library: before a tree, after a stage, after an
epoch. It draws no random number and computes nothing of its own, so the fitted model is equal bit
by bit to that of a fit that nobody watches.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from headgate_trainer.job import Job

FitArguments = dict[str, Any]


@contextmanager
def watched(estimator: Any, job: Job) -> Iterator[FitArguments]:
    """Watch the estimator's next fit; what is yielded are arguments for ``fit``."""
    name = type(estimator).__name__
    if "Forest" in name or "ExtraTrees" in name:
        _watch_forest(estimator, job)
        yield {}
    elif name.startswith("HistGradientBoosting"):
        with _watched_growth(estimator, job):
            yield {}
    elif name.startswith("GradientBoosting"):
        yield {"monitor": _stage_monitor(job)}
    elif name.startswith("MLP"):
        _watch_network(estimator, job)
        yield {}
    else:
        yield {}


def _watch_forest(forest: Any, job: Job) -> None:
    """Count the trees as they begin; the forest clones its tree, and the clone has the class.

    It clones all of them before the first begins: 0.4 ms each, so that is watched as well.
    """
    base: type[Any] = type(forest.estimator)
    total: int = forest.n_estimators
    begun = 0
    lock = threading.Lock()

    def fit_tree(self: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal begun
        with lock:
            at, begun = begun, begun + 1
            job.progress(iteration=at, share_done=at / total)
        return base._fit(self, *args, **kwargs)

    make = forest._make_estimator

    def make_tree(*args: Any, **kwargs: Any) -> Any:
        job.check()
        return make(*args, **kwargs)

    forest._make_estimator = make_tree
    forest.estimator = type(base.__name__, (base,), {"_fit": fit_tree})()


def _stage_monitor(job: Job) -> Any:
    def monitor(stage: int, boosting: Any, _locals: dict[str, Any]) -> bool:
        share = (stage + 1) / boosting.n_estimators
        loss = float(boosting.train_score_[stage])
        job.progress(iteration=stage + 1, share_done=share, loss=loss)
        return False

    return monitor


@contextmanager
def _watched_growth(boosting: Any, job: Job) -> Iterator[None]:
    """Count the trees of a boosting by histograms, which has no callback.

    One job runs in a process, so the library's module may have the watched class for this long.
    """
    from sklearn.ensemble._hist_gradient_boosting import gradient_boosting as module

    grower: type[Any] = module.TreeGrower
    grown = 0

    class Watched(grower):  # type: ignore[misc]
        def grow(self) -> None:
            nonlocal grown
            stage = grown // boosting.n_trees_per_iteration_
            grown += 1
            job.progress(iteration=stage, share_done=stage / boosting.max_iter)
            super().grow()

    module.TreeGrower = Watched
    try:
        yield
    finally:
        module.TreeGrower = grower


def _watch_network(network: Any, job: Job) -> None:
    """Tell the loss after each epoch, of the solver lbfgs after each evaluation."""
    base: type[Any] = type(network)
    evaluations = 0

    def after_epoch(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = base._update_no_improvement_count(self, *args, **kwargs)
        scores = getattr(self, "validation_scores_", None)
        score = float(scores[-1]) if scores else None
        share = self.n_iter_ / self.max_iter
        loss = float(self.loss_curve_[-1])
        job.progress(iteration=self.n_iter_, share_done=share, loss=loss, score=score)
        return result

    def evaluate(self: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal evaluations
        loss, gradient = base._loss_grad_lbfgs(self, *args, **kwargs)
        evaluations += 1
        job.progress(iteration=evaluations, loss=float(loss))
        return loss, gradient

    methods = {"_update_no_improvement_count": after_epoch, "_loss_grad_lbfgs": evaluate}
    network.__class__ = type(base.__name__, (base,), methods)
