#!/usr/bin/env bash
# Asks a gateway with curl alone. HEADGATE is its address, http://127.0.0.1:8470 when it is not given.
set -euo pipefail
gateway=${HEADGATE:-http://127.0.0.1:8470}
ask() { curl --silent --show-error --fail-with-body "$@"; echo; }

ask "$gateway/v2/health/ready"
ask "$gateway/v2/models/pca"

# A fit: its parameters travel in `parameters`.
ask "$gateway/v2/models/pca/infer" --data '{
  "inputs": [{ "name": "X", "datatype": "FP64", "shape": [4, 2], "data": [[1, 2], [2, 1], [3, 5], [4, 4]] }],
  "parameters": { "n_components": 1 },
  "outputs": [{ "name": "explained_variance_ratio" }]
}'
