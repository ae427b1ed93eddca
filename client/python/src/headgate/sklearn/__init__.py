"""Drop-ins for scikit-learn's estimators: its constructors, verbs, attributes and errors.

`from headgate.sklearn import PCA, LedoitWolf, KMeans` in place of the old imports. scikit-learn is not
needed; where it is loaded, `clone`, `Pipeline`, `set_output` and `NotFittedError` are its own.
"""

from .covariance import OAS, EmpiricalCovariance, LedoitWolf
from .dbscan import DBSCAN
from .exceptions import ConvergenceWarning, NotFittedError
from .fast_ica import FastICA
from .isolation_forest import IsolationForest
from .kmeans import KMeans
from .max_abs_scaler import MaxAbsScaler
from .min_max_scaler import MinMaxScaler
from .mixture import GaussianMixture
from .nmf import NMF
from .pca import PCA
from .pipeline import Pipeline
from .robust_scaler import RobustScaler
from .scaler import StandardScaler
from .simple_imputer import SimpleImputer
from .trainers import (
    SVC,
    SVR,
    ElasticNet,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    KNeighborsClassifier,
    KNeighborsRegressor,
    Lasso,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    Ridge,
)

__all__ = [
    "DBSCAN",
    "NMF",
    "OAS",
    "PCA",
    "SVC",
    "SVR",
    "ConvergenceWarning",
    "ElasticNet",
    "EmpiricalCovariance",
    "ExtraTreesClassifier",
    "ExtraTreesRegressor",
    "FastICA",
    "GaussianMixture",
    "GradientBoostingClassifier",
    "GradientBoostingRegressor",
    "HistGradientBoostingClassifier",
    "HistGradientBoostingRegressor",
    "IsolationForest",
    "KMeans",
    "KNeighborsClassifier",
    "KNeighborsRegressor",
    "Lasso",
    "LedoitWolf",
    "LogisticRegression",
    "MLPClassifier",
    "MLPRegressor",
    "MaxAbsScaler",
    "MinMaxScaler",
    "NotFittedError",
    "Pipeline",
    "RandomForestClassifier",
    "RandomForestRegressor",
    "Ridge",
    "RobustScaler",
    "SimpleImputer",
    "StandardScaler",
]
