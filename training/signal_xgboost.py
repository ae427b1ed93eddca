"""Train ``signal-xgboost``: down, flat or up over the next five days.

``python -m training.signal_xgboost``
"""

import numpy as np
import onnx
from onnxmltools import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from xgboost import XGBClassifier

from training import direction
from training.dataset import Rows

NAME = "signal-xgboost"
SEED = 7


def fit(rows: Rows) -> direction.Fitted:
    """Fit on FP32 inputs, as served; XGBoost keeps its thresholds in FP32 too."""
    model = XGBClassifier(
        n_estimators=100,
        max_depth=2,
        learning_rate=0.05,
        min_child_weight=20,
        subsample=0.5,
        colsample_bytree=0.5,
        tree_method="hist",
        random_state=SEED,
        n_jobs=1,
    )
    model.fit(rows.X, rows.y.astype(np.int64))
    graph = convert_xgboost(
        model, initial_types=[("X", FloatTensorType([None, len(direction.FEATURES)]))]
    )
    assert isinstance(graph, onnx.ModelProto)
    return direction.Fitted(model, graph)


if __name__ == "__main__":
    direction.make(NAME, fit, library="xgboost", converter="onnxmltools", seed=SEED)
