"""An ONNX graph as a model of MLServer, which has no runtime for ONNX."""

import numpy as np
import onnxruntime as ort
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class OnnxModel(MLModel):
    """A model that maps rows [n, p] to answers [n, 1]."""

    async def load(self) -> bool:
        """Opens the model in the worker."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        path = self.settings.parameters.uri if self.settings.parameters else None
        self.session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.input_name = self.session.get_inputs()[0].name
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Answers a batch."""
        x = NumpyCodec.decode_input(payload.inputs[0]).astype(np.float32)
        (answer,) = self.session.run(None, {self.input_name: x})
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("y", answer)])
