"""The trainers of xgboost and lightgbm. The libraries are imported by the first fit."""

from headgate_trainer.boosting.lgbm import LIGHTGBM
from headgate_trainer.boosting.xgb import XGBOOST
from headgate_trainer.registry import register

register(__name__, [*XGBOOST, *LIGHTGBM])
