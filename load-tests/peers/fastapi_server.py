"""The usual alternative in a container: FastAPI on uvicorn, the same ONNX model over HTTP and JSON.

Start: ``python load-tests/peers/fastapi_server.py MODEL.onnx`` (needs requirements.txt beside it).
uvloop and httptools are on, as uvicorn recommends; one worker, as the gateway is one process.
"""

import json
import socket
import sys

import numpy as np
import onnxruntime as ort
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

options = ort.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
session = ort.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
input_name = session.get_inputs()[0].name
app = FastAPI()


class Request(BaseModel):
    """Rows of features, [n, p]."""

    X: list[list[float]]


@app.post("/infer")
async def infer(request: Request) -> dict[str, list[list[float]]]:
    """Answers rows with [n, 1]."""
    (answer,) = session.run(None, {input_name: np.asarray(request.X, np.float32)})
    return {"y": answer.tolist()}


if __name__ == "__main__":
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    config = uvicorn.Config(app, loop="uvloop", http="httptools", log_level="error", access_log=False)
    uvicorn.Server(config).run(sockets=[listener])
