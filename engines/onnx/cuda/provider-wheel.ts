/**
 * Where ONNX Runtime's CUDA provider comes from: PyPI's onnxruntime-gpu of the same version is the same build as npm's
 * onnxruntime-node (both libraries carry one commit id), so its provider libraries load into ours. Pinned by hash.
 */
export interface ProviderWheel {
  /** Of onnxruntime-node, which it fits and no other. */
  readonly version: string;
  /** On the package index. */
  readonly project: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Those of its files that are taken. */
  readonly libraries: readonly string[];
}

export const cudaWheel: ProviderWheel = {
  version: "1.30.0",
  project: "onnxruntime-gpu",
  file: "onnxruntime_gpu-1.30.0-cp312-cp312-manylinux_2_28_x86_64.whl",
  bytes: 246_685_715,
  sha256: "6acc0f4b3d5ac5f2984432faa59dd8fcce6775f8b43a7140afa0f322c7a703b1",
  libraries: [
    "onnxruntime/capi/libonnxruntime_providers_shared.so",
    "onnxruntime/capi/libonnxruntime_providers_cuda.so",
  ],
};

/** What the provider loads beside itself: CUDA 13 and cuDNN 9, and the driver's own library. */
export const cudaLibraries = [
  { library: "libcuda.so.1", from: "the NVIDIA driver, 580 or later" },
  { library: "libcudart.so.13", from: "nvidia-cuda-runtime" },
  { library: "libcublas.so.13", from: "nvidia-cublas" },
  { library: "libcublasLt.so.13", from: "nvidia-cublas" },
  { library: "libcurand.so.10", from: "nvidia-curand" },
  { library: "libnvrtc.so.13", from: "nvidia-cuda-nvrtc" },
  { library: "libcudnn.so.9", from: "nvidia-cudnn-cu13" },
] as const;
