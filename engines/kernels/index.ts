/** The door of the room. */
export { createGpujsKernels, type GpujsOptions } from "./gpujs.js";
export type { Fallback, Floats, Kernels, KernelsName, Nearest, Precision } from "./kernels.js";
export { createOrtKernels, type OrtOptions } from "./ort.js";
export { createPlainKernels } from "./plain.js";
export type { Assignment, Points } from "./points.js";
export { type Choice, chooseKernels, gpuWorkMinimum, type Job, type Ready } from "./selection.js";
export { type AdapterAnswer, openAdapter } from "./webgpu-adapter.js";
