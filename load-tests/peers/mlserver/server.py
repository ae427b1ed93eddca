"""MLServer with the same ONNX model over the Open Inference Protocol's REST, in its fastest settings.

Start: ``python load-tests/peers/mlserver/server.py MODEL.onnx`` (needs requirements.txt beside it). No process of its
own for the model and no adaptive batching: on two cores, with 256 requests in flight, that answered 1,360 a second;
with adaptive batches of 256 in a millisecond 1,200; with its default of one worker process 660, in batches of 32
within ten milliseconds 850.
"""

import asyncio
import json
import socket
import sys

from mlserver import MLServer, ModelSettings, Settings
from mlserver.settings import ModelParameters


def free_port() -> int:
    """Finds a free port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def serve(model: str) -> None:
    """Serves until the process is ended."""
    port = free_port()
    settings = Settings(
        host="127.0.0.1",
        http_port=port,
        grpc_port=free_port(),
        metrics_endpoint=None,
        parallel_workers=0,
        debug=False,
    )
    of_model = ModelSettings(
        name="wire",
        implementation="onnx_model.OnnxModel",
        parameters=ModelParameters(uri=model),
    )
    print(json.dumps({"port": port}), flush=True)
    await MLServer(settings).start([of_model])


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
