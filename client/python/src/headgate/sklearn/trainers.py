"""Drop-ins for the estimators that trainers of the gateway fit."""

from __future__ import annotations

from .training.classifier import TrainedClassifier
from .training.regressor import TrainedRegressor

_ENSEMBLE = "sklearn.ensemble"
_LINEAR = "sklearn.linear_model"
_NETWORK = "sklearn.neural_network"
_NEIGHBORS = "sklearn.neighbors"
_WARM = {"warm_start": False}
_COPY = {"copy_X": True}


class RandomForestClassifier(
    TrainedClassifier, trainer="random_forest_classifier", library=_ENSEMBLE, alone=_WARM
):
    """Trees on samples of the rows, averaged; as `sklearn.ensemble.RandomForestClassifier`."""


class RandomForestRegressor(
    TrainedRegressor, trainer="random_forest_regressor", library=_ENSEMBLE, alone=_WARM
):
    """Trees on samples of the rows, averaged; as `sklearn.ensemble.RandomForestRegressor`."""


class ExtraTreesClassifier(
    TrainedClassifier, trainer="extra_trees_classifier", library=_ENSEMBLE, alone=_WARM
):
    """Trees with random thresholds, averaged; as `sklearn.ensemble.ExtraTreesClassifier`."""


class ExtraTreesRegressor(TrainedRegressor, trainer="extra_trees_regressor", library=_ENSEMBLE, alone=_WARM):
    """Trees with random thresholds, averaged; as `sklearn.ensemble.ExtraTreesRegressor`."""


class GradientBoostingClassifier(
    TrainedClassifier, trainer="gradient_boosting_classifier", library=_ENSEMBLE, alone=_WARM
):
    """Trees that mend those before them; as `sklearn.ensemble.GradientBoostingClassifier`."""


class GradientBoostingRegressor(
    TrainedRegressor, trainer="gradient_boosting_regressor", library=_ENSEMBLE, alone=_WARM
):
    """Trees that mend those before them; as `sklearn.ensemble.GradientBoostingRegressor`."""


class HistGradientBoostingClassifier(
    TrainedClassifier, trainer="hist_gradient_boosting_classifier", library=_ENSEMBLE, alone=_WARM
):
    """Boosted trees over binned columns; as `sklearn.ensemble.HistGradientBoostingClassifier`."""


class HistGradientBoostingRegressor(
    TrainedRegressor, trainer="hist_gradient_boosting_regressor", library=_ENSEMBLE, alone=_WARM
):
    """Boosted trees over binned columns; as `sklearn.ensemble.HistGradientBoostingRegressor`."""


class MLPClassifier(TrainedClassifier, trainer="mlp_classifier", library=_NETWORK, alone=_WARM):
    """A multi-layer perceptron; as `sklearn.neural_network.MLPClassifier`."""


class MLPRegressor(TrainedRegressor, trainer="mlp_regressor", library=_NETWORK, alone=_WARM):
    """A multi-layer perceptron; as `sklearn.neural_network.MLPRegressor`."""


class LogisticRegression(TrainedClassifier, trainer="logistic_regression", library=_LINEAR, alone=_WARM):
    """Logistic regression with regularisation; as `sklearn.linear_model.LogisticRegression`."""


class Ridge(TrainedRegressor, trainer="ridge", library=_LINEAR, alone=_COPY):
    """Least squares with an L2 penalty; as `sklearn.linear_model.Ridge`."""


class Lasso(TrainedRegressor, trainer="lasso", library=_LINEAR, alone={**_COPY, **_WARM}):
    """Least squares with an L1 penalty; as `sklearn.linear_model.Lasso`."""


class ElasticNet(TrainedRegressor, trainer="elastic_net", library=_LINEAR, alone={**_COPY, **_WARM}):
    """Least squares with both penalties; as `sklearn.linear_model.ElasticNet`."""


class SVC(TrainedClassifier, trainer="svc", library="sklearn.svm", alone={"cache_size": 200}):
    """Support vectors between classes; as `sklearn.svm.SVC` without probabilities."""


class SVR(TrainedRegressor, trainer="svr", library="sklearn.svm", alone={"cache_size": 200}):
    """Support vectors around a function; as `sklearn.svm.SVR`."""


class KNeighborsClassifier(
    TrainedClassifier, trainer="k_neighbors_classifier", library=_NEIGHBORS, alone={"metric_params": None}
):
    """The vote of the nearest rows; as `sklearn.neighbors.KNeighborsClassifier`."""


class KNeighborsRegressor(
    TrainedRegressor, trainer="k_neighbors_regressor", library=_NEIGHBORS, alone={"metric_params": None}
):
    """The mean of the nearest rows; as `sklearn.neighbors.KNeighborsRegressor`."""
