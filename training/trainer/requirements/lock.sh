#!/usr/bin/env bash
# Writes the lock files (*.txt) again from what is asked for (*.in). It needs uv, and the network.
# The files name no registry: pip takes the packages from wherever it is set up to, and holds them against the hashes.
set -euo pipefail
cd "$(dirname "$0")"
for name in base boosting torch rl checks; do
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-header --no-annotate --no-emit-index-url --no-emit-find-links "$name.in" --output-file "$name.txt"
done
