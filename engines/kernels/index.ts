/** The exports of the kernels, for other folders. */
export {
  type BackendCosts,
  type Calibration,
  type Cost,
  calibrate,
  defaultCalibration,
  expectedMs,
  parseCalibration,
} from "./calibration.js";
export { createGpujsKernels, type GpujsOptions } from "./gpujs.js";
export type {
  Floats,
  KernelFallback,
  Kernels,
  KernelsName,
  NearestCentres,
  Precision,
  Scatter,
} from "./kernels.js";
export { createOrtKernels, type OrtOptions } from "./ort.js";
export { createPlainKernels } from "./plain.js";
export { seenFrom } from "./plain-points.js";
export type { CandidateDistances, NearestSeeds, Origin, PointAssignment, Points } from "./points.js";
export { reportingKernels } from "./reporting-kernels.js";
export { chooseKernels, type KernelChoice, type KernelRequirements, precisionOf } from "./selection.js";
export { type AdapterAnswer, openAdapter } from "./webgpu-adapter.js";
export {
  ignoreWork,
  inBlocks,
  reportInPieces,
  rowsAtOnce,
  type WorkReporter,
  workPerReport,
} from "./work-reporter.js";
