#!/usr/bin/env bash
# Packs, under .gpu/, what a bare x86-64 Linux machine with a card and without a network needs to run load-tests/gpu.sh
# in a checkout of this project:
#
#   .gpu/machine/    Node itself and the Vulkan loader
#   .gpu/run-time/   dist/ and the run-time packages, of native ones the files of this platform alone
#   .gpu/cuda-0/ ..  with --cuda or --cuda-wheel FILE: ONNX Runtime's CUDA provider in parts of 40 MiB at most, minutes
#                    to pack; the CUDA 13 libraries are the machine's own (a Python with torch for CUDA 13 has them)
#
# Run it in the project's root after `npm ci && npm run build`; then bring the checkout and .gpu/ to the machine, and
# run `bash load-tests/gpu.sh` there. Needs xz, tar, npm, and for the loader an installed libvulkan1 or apt-get.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

die() { echo "gpu-pack: $1" >&2; exit 1; }

cuda=""
wheel=""
while [ $# -gt 0 ]; do
  case "$1" in
    --cuda) cuda=yes ;;
    --cuda-wheel) cuda=yes; wheel="${2:-}"; [ -f "$wheel" ] || die "--cuda-wheel: there is no file '$wheel'"; shift ;;
    *) die "unknown option $1; there are --cuda and --cuda-wheel FILE" ;;
  esac
  shift
done
[ "$(uname -sm)" = "Linux x86_64" ] || die "only x86-64 Linux is packed, not $(uname -sm)"
[ -f dist/load-tests/gpu/part.js ] || die "dist/ is not built: run npm ci && npm run build"
for tool in xz tar npm node; do command -v "$tool" > /dev/null || die "$tool is needed"; done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf .gpu
mkdir -p .gpu/machine .gpu/run-time

# Prints where the loader is; of an installed package, or taken out of one.
vulkan_loader() {
  local found
  found=$(ldconfig -p 2> /dev/null | awk '/libvulkan\.so\.1 .*x86-64/ { print $NF; exit }')
  if [ -z "$found" ]; then
    command -v apt-get > /dev/null || die "no libvulkan.so.1 here, and no apt-get to fetch libvulkan1 by: install it"
    (cd "$work" && apt-get download libvulkan1 > /dev/null) || die "apt-get download libvulkan1 failed: apt-get update first?"
    dpkg -x "$work"/libvulkan1_*.deb "$work/loader"
    found=$(find "$work/loader" -name 'libvulkan.so.1' | head -n 1)
  fi
  readlink -f "$found"
}

pack_machine() {
  local loader
  loader=$(vulkan_loader)
  mkdir -p "$work/machine/node/bin" "$work/machine/lib"
  cp "$(readlink -f "$(node -p process.execPath)")" "$work/machine/node/bin/node"
  strip "$work/machine/node/bin/node" 2> /dev/null || true
  cp "$loader" "$work/machine/lib/libvulkan.so.1"
  tar -C "$work/machine" -cf - node lib | xz -T0 -9e > .gpu/machine/machine.tar.xz
}

pack_run_time() {
  local at="$work/run-time"
  mkdir -p "$at/client/typescript"
  cp package.json package-lock.json .npmrc "$at/"
  cp client/typescript/package.json "$at/client/typescript/"
  (cd "$at" && npm ci --omit=dev --silent)
  # ONNX Runtime and gpu.js are in dist/node_modules (docs/adr/0046).
  cp -r dist "$at/dist"
  find "$at/node_modules" "$at/dist/node_modules" \( -path '*darwin*' -o -path '*win32*' -o -path '*linux-arm64*' -o -path '*linux/arm64*' -o -path '*-musl*' \) \
    -prune -exec rm -rf {} +
  find "$at/node_modules" "$at/dist/node_modules" -type f \( -name '*.map' -o -name '*.md' -o -name '*.ts' -o -path '*/onnxruntime-web*' \) -delete
  # The link to our own client goes where the checkout's client is.
  cp -r client/typescript/dist "$at/client/typescript/dist"
  tar -C "$at" -cf - node_modules dist client/typescript/dist | xz -T0 -6 > .gpu/run-time/run-time.tar.xz
}

# headgate itself knows which libraries, of which version, by which hash.
pack_cuda() {
  local part parts number
  mkdir -p "$work/cuda"
  node dist/gateway/cli/headgate.js providers install cuda --to "$work/cuda" ${wheel:+--wheel "$wheel"}
  tar -C "$work/cuda" -cf - . | xz -T0 -6 > "$work/cuda.tar.xz"
  (cd "$work" && split -b 40M -d -a 1 cuda.tar.xz cuda.tar.xz.)
  parts=("$work"/cuda.tar.xz.?)
  for part in "${parts[@]}"; do
    number=${part##*.}
    mkdir -p ".gpu/cuda-$number"
    mv "$part" ".gpu/cuda-$number/"
    echo "${#parts[@]}" > ".gpu/cuda-$number/parts"
  done
}

pack_machine
pack_run_time
[ -z "$cuda" ] || pack_cuda
du -sm .gpu/* | awk '{ print $2 ": " $1 " MB" } $1 >= 64 { bad = 1 } END { exit bad }' || die "a part is 64 MB or more"
