"""Asks a gateway with Triton's client: pip install tritonclient[http]."""

import os

import numpy as np
import tritonclient.http as triton

client = triton.InferenceServerClient(os.environ.get("HEADGATE", "127.0.0.1:8470").removeprefix("http://"))
print("ready:", client.is_server_ready(), [model["name"] for model in client.get_model_repository_index()])

# A model, in binary, which is what the client does when nothing is said.
described = client.get_model_metadata("market-impact")
inputs = []
for about in described["inputs"]:
    rows = np.full([3, *about["shape"][1:]], 0.5, dtype=np.float32)
    given = triton.InferInput(about["name"], list(rows.shape), about["datatype"])
    given.set_data_from_numpy(rows)
    inputs.append(given)
answer = client.infer("market-impact", inputs, request_id="desk-1", timeout=2_000_000)  # microseconds
for about in described["outputs"]:
    print(about["name"], answer.as_numpy(about["name"]))

# A fit of 250 days of four assets.
returns = np.random.default_rng(0).normal(size=(250, 4))
samples = triton.InferInput("X", [250, 4], "FP64")
samples.set_data_from_numpy(returns)
fitted = client.infer("pca", [samples], parameters={"n_components": 2})
print("explained variance", fitted.as_numpy("explained_variance"))
