"""The trainers of scikit-learn. The library is imported by the first fit, or when it is warmed."""

from headgate_trainer.registry import register
from headgate_trainer.scikit.estimators import ESTIMATORS
from headgate_trainer.scikit.pipeline import PIPELINE

register(__name__, [*ESTIMATORS, PIPELINE])
