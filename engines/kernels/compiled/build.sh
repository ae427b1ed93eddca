#!/usr/bin/env bash
# Compiles the .c files here into loops.wasm.ts: the WebAssembly as base64 text, so that it ships as source does.
# Debian: apt-get install clang-16 lld-16
set -euo pipefail
cd "$(dirname "$0")"
wasm=$(mktemp)
trap 'rm -f "$wasm"' EXIT
"${CLANG:-clang-16}" --target=wasm32 -O3 -msimd128 -ffreestanding -nostdlib -ffp-contract=off \
  -Wall -Wextra -Werror -Wno-incompatible-library-redeclaration \
  -Wl,--no-entry -Wl,--strip-all -Wl,--import-memory -Wl,-z,stack-size=16384 -Wl,--export=__heap_base \
  -o "$wasm" ./*.c
{
  echo "/** The .c files here, compiled by build.sh: WebAssembly with 128-bit SIMD, as base64. Do not edit. */"
  echo "// biome-ignore-all format: one line of text"
  echo "export const loopsWasm ="
  echo "  \"$(base64 -w0 "$wasm")\";"
} >loops.wasm.ts
