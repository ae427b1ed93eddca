"""Train ``signal-random-forest``: down, flat or up over the next five days.

``python -m training.signal_random_forest``
"""

import numpy as np
import onnx
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from training import direction
from training.dataset import Rows

NAME = "signal-random-forest"
SEED = 7
OPSETS = {"": 17, "ai.onnx.ml": 3}


def fit(rows: Rows) -> direction.Fitted:
    """Fit scaler and forest on FP32 inputs, as served, so that the thresholds agree."""
    forest = RandomForestClassifier(
        n_estimators=100, max_depth=6, min_samples_leaf=80, random_state=SEED, n_jobs=1
    )
    model = make_pipeline(StandardScaler(), forest).fit(rows.X, rows.y.astype(np.int64))
    return direction.Fitted(model, to_graph(model))


def to_graph(model: Pipeline) -> onnx.ModelProto:
    """Export scaler and forest as one graph with plain tensors as outputs."""
    graph = to_onnx(
        model,
        initial_types=[("X", FloatTensorType([None, len(direction.FEATURES)]))],
        options={"zipmap": False},
        target_opset=OPSETS,
    )
    assert isinstance(graph, onnx.ModelProto)
    return graph


if __name__ == "__main__":
    direction.make(NAME, fit, library="scikit-learn", converter="skl2onnx", seed=SEED)
