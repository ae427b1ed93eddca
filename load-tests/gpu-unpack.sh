#!/usr/bin/env bash
# On the machine with the card, in the project's root: puts what load-tests/gpu-pack.sh packed into place, and sets PATH,
# LD_LIBRARY_PATH and VK_DRIVER_FILES. Source it (`. load-tests/gpu-unpack.sh`); gpu.sh does. Needs no root and no
# network; a step that cannot be done says so, and the rest goes on.

gpu_say() { echo "gpu-unpack: $1" >&2; }

# unpacked FILE...: the .xz of these files together, on standard output. Python stands in where xz is not.
gpu_unxz() {
  if command -v xz > /dev/null; then
    cat "$@" | xz -dc
  elif command -v python3 > /dev/null; then
    cat "$@" | python3 -c 'import lzma,shutil,sys; shutil.copyfileobj(lzma.open(sys.stdin.buffer), sys.stdout.buffer)'
  else
    gpu_say "neither xz nor python3 is here, and one of them is needed to unpack"
    return 1
  fi
}

# Whether an archive is here and is not the one that was unpacked last.
gpu_new() { [ -f "$1" ] && [ "$(cksum < "$1")" != "$(cat ".gpu/here/$2" 2> /dev/null)" ]; }
gpu_done() { cksum < "$1" > ".gpu/here/$2"; }

gpu_unpack() {
  mkdir -p .gpu/here || return 1
  local native parts count
  if gpu_new .gpu/machine/machine.tar.xz machine; then
    gpu_unxz .gpu/machine/machine.tar.xz | tar -xf - -C .gpu/here && gpu_done .gpu/machine/machine.tar.xz machine ||
      gpu_say "Node and the Vulkan loader could not be unpacked"
  fi
  if gpu_new .gpu/run-time/run-time.tar.xz run-time; then
    if [ -d node_modules ] && [ ! -f .gpu/here/run-time ]; then
      gpu_say "node_modules/ is here already: it and dist/ are left as they are"
    else
      gpu_unxz .gpu/run-time/run-time.tar.xz | tar -xf - && gpu_done .gpu/run-time/run-time.tar.xz run-time ||
        gpu_say "dist/ and the run-time packages could not be unpacked"
    fi
  fi
  native=$(echo dist/node_modules/onnxruntime-node/bin/napi-v*/linux/x64)
  if [ -f .gpu/cuda-0/parts ] && [ -d "$native" ]; then
    count=$(cat .gpu/cuda-0/parts)
    parts=(.gpu/cuda-*/cuda.tar.xz.*)
    if [ "${#parts[@]}" -ne "$count" ]; then
      gpu_say "${#parts[@]} of the $count parts of the CUDA provider are here; it waits for the others"
    elif [ ! -f "$native/libonnxruntime_providers_cuda.so" ]; then
      gpu_unxz "${parts[@]}" | tar -xf - -C "$native" || gpu_say "the CUDA provider could not be unpacked"
    fi
  fi
}

# CUDA's own libraries, where Python's packages (torch's, say) brought them.
gpu_cuda_folders() {
  timeout 20 python3 - 2> /dev/null <<'PYTHON'
import glob, os, nvidia
found = {os.path.dirname(f) for p in nvidia.__path__ for f in glob.glob(p + "/**/lib*.so*", recursive=True)}
print(":".join(sorted(found)))
PYTHON
}

gpu_environment() {
  local folders
  [ ! -x .gpu/here/node/bin/node ] || export PATH="$PWD/.gpu/here/node/bin:$PATH"
  folders="$(gpu_cuda_folders)"
  [ ! -d .gpu/here/lib ] || folders="$PWD/.gpu/here/lib${folders:+:$folders}"
  [ -z "$folders" ] || export LD_LIBRARY_PATH="$folders${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  for file in /usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json /usr/share/vulkan/icd.d/nvidia_icd.json /etc/vulkan/icd.d/nvidia_icd.json; do
    [ -n "${VK_DRIVER_FILES:-}" ] || [ ! -f "$file" ] || export VK_DRIVER_FILES="$file"
  done
}

gpu_unpack
gpu_environment
