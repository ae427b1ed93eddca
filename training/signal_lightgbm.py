"""Train ``signal-lightgbm``: down, flat or up over the next five days.

``python -m training.signal_lightgbm``
"""

import numpy as np
import onnx
from lightgbm import LGBMClassifier
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

from training import direction
from training.dataset import Rows

NAME = "signal-lightgbm"
SEED = 7


def fit(rows: Rows) -> direction.Fitted:
    """Fit on FP32 inputs, as served, so that the thresholds agree."""
    model = LGBMClassifier(
        n_estimators=50,
        num_leaves=15,
        learning_rate=0.05,
        min_child_samples=80,
        subsample=0.5,
        subsample_freq=1,
        colsample_bytree=0.5,
        random_state=SEED,
        deterministic=True,
        force_row_wise=True,
        n_jobs=1,
        verbose=-1,
    )
    model.fit(rows.X, rows.y.astype(np.int64))
    graph = convert_lightgbm(
        model,
        initial_types=[("X", FloatTensorType([None, len(direction.FEATURES)]))],
        zipmap=False,
    )
    assert isinstance(graph, onnx.ModelProto)
    return direction.Fitted(model, graph)


if __name__ == "__main__":
    direction.make(NAME, fit, library="lightgbm", converter="onnxmltools", seed=SEED)
