"""LitServe with the same ONNX model over HTTP and JSON, and its own batching.

Start: ``python load-tests/peers/litserve/server.py MODEL.onnx`` (needs requirements.txt beside it). One worker on
the CPU, batches of up to 256 within a millisecond, and its ZeroMQ queue, which answered twice as much as the default
one; batches of 64 within ten milliseconds, or of 256 within fifty, answered no more.
"""

import json
import socket
import sys
from typing import Any

import litserve as ls
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

Rows = NDArray[np.float32]


class OnnxApi(ls.LitAPI):
    """A model that receives one row a request."""

    def setup(self, device: str) -> None:
        """Opens the model in the worker."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = ort.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
        self.input_name = self.session.get_inputs()[0].name

    def decode_request(self, request: dict[str, Any]) -> Rows:
        """Returns the request's row [p]."""
        return np.asarray(request["X"][0], np.float32)

    def batch(self, inputs: list[Rows]) -> Rows:
        """Stacks rows to [n, p]."""
        return np.stack(inputs)

    def predict(self, x: Rows) -> Rows:
        """Computes the answers [n, 1]."""
        (answer,) = self.session.run(None, {self.input_name: x})
        return answer

    def unbatch(self, output: Rows) -> list[Rows]:
        """Splits the answers by row."""
        return list(output)

    def encode_response(self, output: Rows) -> dict[str, list[list[float]]]:
        """Answers in the format of the other peers."""
        return {"y": [output.tolist()]}


def free_port() -> int:
    """Finds a free port; LitServe needs a number."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    port = free_port()
    print(json.dumps({"port": port}), flush=True)
    api = OnnxApi(max_batch_size=256, batch_timeout=0.001, api_path="/infer")
    server = ls.LitServer(api, accelerator="cpu", devices=1, workers_per_device=1, fast_queue=True)
    server.run(host="127.0.0.1", port=port, log_level="error", generate_client_file=False, access_log=False)
