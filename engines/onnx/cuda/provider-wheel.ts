/**
 * The pinned wheel that ONNX Runtime's CUDA provider is installed from. PyPI's onnxruntime-gpu of the same version is
 * the same build as npm's onnxruntime-node (both libraries carry one commit id), so its provider libraries load into
 * onnxruntime-node's library. The wheel is pinned by its hash.
 */
export interface ProviderWheel {
  /** The one version of onnxruntime-node that the provider works with. */
  readonly version: string;
  /** The project's name in the package index. */
  readonly project: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** The files of the wheel that are installed. */
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

/** The libraries that the provider itself loads: CUDA 13, cuDNN 9, and the driver's own library. */
export const cudaLibraries = [
  { library: "libcuda.so.1", from: "the NVIDIA driver, 580 or later" },
  { library: "libcudart.so.13", from: "nvidia-cuda-runtime" },
  { library: "libcublas.so.13", from: "nvidia-cublas" },
  { library: "libcublasLt.so.13", from: "nvidia-cublas" },
  { library: "libcurand.so.10", from: "nvidia-curand" },
  { library: "libnvrtc.so.13", from: "nvidia-cuda-nvrtc" },
  { library: "libcudnn.so.9", from: "nvidia-cudnn-cu13" },
] as const;
