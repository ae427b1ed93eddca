#!/usr/bin/env bash
# Proves today's kernels and models on a card, on a machine that may have nothing but this checkout and what
# load-tests/gpu-pack.sh packed. Each part has its own time limit and writes $OUT/PART.json; one that fails says why,
# and the next runs. $OUT/summary.json is written anew after each. See docs/gpu.md.
#
#   OUT=out/gpu bash load-tests/gpu.sh [--small] [--only card,adapter,...] [--seconds 480]
#
#   --small     take a software renderer for a card, and small sizes: proves the way, measures nothing
#   --only      these parts: card, adapter, kernels, bench, models-webgpu, models-cuda, gateway
#   --seconds   for all of it (480)
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

small=""
only=""
total=480
while [ $# -gt 0 ]; do
  case "$1" in
    --small) small="--small" ;;
    --only) only="${2:-}"; shift ;;
    --seconds) total="${2:-}"; shift ;;
    *) echo "gpu.sh: unknown option $1; there are --small, --only PARTS, --seconds N" >&2; exit 2 ;;
  esac
  shift || break
done
[[ "$total" =~ ^[1-9][0-9]{0,3}$ ]] || { echo "gpu.sh: --seconds is 1 to 9999, not '$total'" >&2; exit 2; }
known=" card adapter kernels bench models-webgpu models-cuda gateway "
for part in ${only//,/ }; do
  [[ "$known" == *" $part "* ]] || { echo "gpu.sh: --only: there is no part $part; there are$known" >&2; exit 2; }
done
OUT=${OUT:-out/gpu}
mkdir -p "$OUT" || { echo "gpu.sh: \$OUT is $OUT, which cannot be made" >&2; exit 2; }
OUT=$(cd "$OUT" && pwd)
summary=()
failed=0
broken=" "

# A JSON string of what is given: quotes and backslashes escaped, everything unprintable a space.
quoted() { printf '"%s"' "$(printf %s "$1" | tr -c '[:print:]' ' ' | sed 's/["\\]/\\&/g' | cut -c1-1500)"; }

# told PART OK CODE TOOK WHY
told() {
  summary+=("{\"part\":\"$1\",\"ok\":$2,\"code\":$3,\"seconds\":$4,\"why\":$(quoted "$5")}")
  { printf '{"seconds":%s,"small":%s,"parts":[' "$SECONDS" "$([ -n "$small" ] && echo true || echo false)"
    (IFS=,; printf '%s' "${summary[*]}"); printf ']}\n'; } > "$OUT/summary.json"
  [ "$2" = true ] || { failed=$((failed + 1)); broken="$broken$1 "; echo "  $1 failed: $5"; }
  # A part that came to no JSON of its own has one that says why.
  if [ ! -s "$OUT/$1.json" ]; then
    printf '{"part":"%s","ok":false,"failures":[%s]}\n' "$1" "$(quoted "$5")" > "$OUT/$1.json"
  fi
}

# Ends a process and what it started, and does not wait for one that a driver holds.
end_group() { kill -KILL -- "-$1" 2>/dev/null || kill -KILL "$1" 2>/dev/null; }

# part NAME LIMIT COMMAND...: its output goes to $OUT/NAME.log.
part() {
  local name=$1 limit=$2 left started code pid why
  shift 2
  [ -z "$only" ] || [[ ",$only," == *",$name,"* ]] || return 0
  left=$((total - SECONDS))
  echo "[$SECONDS s] $name"
  rm -f "$OUT/$name.json" "$OUT/$name.log"
  if [ "$left" -lt 1 ]; then told "$name" false 0 0 "not begun: the $total s for all of it were over"; return 0; fi
  [ "$limit" -le "$left" ] || limit=$left
  started=$SECONDS
  # A group of its own, so that what it started ends with it.
  set -m
  LIMIT=$limit "$@" > "$OUT/$name.log" 2>&1 < /dev/null &
  pid=$!
  set +m
  running=$pid
  while kill -0 "$pid" 2>/dev/null && [ $((SECONDS - started)) -lt "$limit" ]; do sleep 0.2; done
  if kill -0 "$pid" 2>/dev/null; then
    kill -TERM -- "-$pid" 2>/dev/null
    for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" 2>/dev/null && sleep 0.2; done
    end_group "$pid"
    sleep 0.2
    code=124
    why="it took longer than its $limit s and was ended"
    kill -0 "$pid" 2>/dev/null && why="$why; even so it runs on: a driver holds it"
    disown "$pid" 2>/dev/null
  else
    wait "$pid"
    code=$?
    end_group "$pid" # what it may have left behind
    why="it ended with $code; $(tail -n 3 "$OUT/$name.log" | tr '\n' ' ')"
  fi
  running=""
  sed 's/^/  /' "$OUT/$name.log" | cut -c1-220 | tail -n 12
  if [ "$code" -eq 0 ]; then told "$name" true 0 $((SECONDS - started)) ""; else told "$name" false "$code" $((SECONDS - started)) "$why"; fi
}

running=""
trap '[ -n "$running" ] && end_group "$running"; echo "gpu.sh: cut off; what there is lies in $OUT"; exit 130' INT TERM HUP

if [ -d .gpu ]; then
  # shellcheck source=load-tests/gpu-unpack.sh
  . load-tests/gpu-unpack.sh
fi
python=$(command -v python3 || command -v python || true)
no_node=""
command -v node > /dev/null || no_node="node is not here: pack it with load-tests/gpu-pack.sh, or install it"
[ -n "$no_node" ] || [ -f dist/load-tests/gpu/part.js ] || no_node="dist/ is not here: run npm run build, or pack it with load-tests/gpu-pack.sh"

without_node() { echo "$no_node"; return 1; }
# node_part PART EXTRA...: nothing new is begun for the last seconds of its limit.
node_part() {
  local name=$1
  shift
  [ -z "$no_node" ] || { without_node; return 1; }
  node dist/load-tests/gpu/part.js "$@" --out "$OUT/$name.json" --seconds $((LIMIT > 12 ? LIMIT - 10 : LIMIT)) $small
}

card() {
  local smi="null" torch="null" reasons=""
  if command -v nvidia-smi > /dev/null; then
    smi=$(timeout 10 nvidia-smi --query-gpu=name,driver_version,memory.total,pci.bus_id --format=csv,noheader 2>&1 | head -n 1)
    echo "nvidia-smi: $smi"
    smi=$(quoted "$smi")
  else
    reasons="nvidia-smi is not here"
  fi
  if [ -n "$python" ]; then
    torch=$("$python" load-tests/peers/gpu_card.py) || reasons="$reasons; $torch"
    echo "torch: $torch"
    [[ "$torch" == "{"* ]] || torch=null
  else
    reasons="$reasons; python3 is not here"
  fi
  printf '{"part":"card","ok":%s,"nvidia_smi":%s,"driver_files":%s,"torch":%s,"failures":[%s]}\n' \
    "$([ -z "$reasons" ] && echo true || echo false)" "$smi" "$(quoted "${VK_DRIVER_FILES:-}")" "$torch" \
    "$([ -z "$reasons" ] || quoted "${reasons#; }")" > "$OUT/card.json"
  [ -z "$reasons" ] || { echo "${reasons#; }"; return 1; }
}

# The last line of its output is its JSON.
bench() {
  [ -z "$no_node" ] || { without_node; return 1; }
  node dist/load-tests/bench.js gpu --json --seconds $((LIMIT > 25 ? LIMIT - 20 : LIMIT)) $small > "$OUT/bench.out"
  local code=$?
  [ "$code" -ne 0 ] || tail -n 1 "$OUT/bench.out" > "$OUT/bench.json"
  rm -f "$OUT/bench.out"
  return "$code"
}

cuda=$(ls dist/node_modules/onnxruntime-node/bin/*/linux/x64/libonnxruntime_providers_cuda.so 2> /dev/null | head -n 1)
models_cuda() {
  [ -n "$cuda" ] || [ -n "$no_node" ] || { echo "the CUDA provider is not installed: headgate providers install cuda, or gpu-pack.sh --cuda"; return 1; }
  node_part models-cuda models --provider cuda
}

part card 30 card
part adapter 20 node_part adapter adapter
part kernels 60 node_part kernels kernels
part bench 130 bench
part models-webgpu 70 node_part models-webgpu models --provider webgpu
part models-cuda 60 models_cuda
# A minute of load, and what it takes to open every model on the device: by CUDA where that has just been shown to run.
provider=webgpu
[ -z "$cuda" ] || [[ "$broken" == *" models-cuda "* ]] || provider=cuda
part gateway 110 node_part gateway gateway --provider "$provider"

echo "[$SECONDS s] $failed of ${#summary[@]} parts failed; what there is lies in $OUT"
[ "$failed" -eq 0 ]
