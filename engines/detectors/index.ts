/** Every detector, by name. */
import { bocpdDetector } from "./bocpd.js";
import type { Detector } from "./detector.js";
import { gaussianHmmDetector } from "./gaussian-hmm.js";
import { gaussianMixtureDetector } from "./gaussian-mixture.js";
import { jumpModelDetector } from "./jump-model.js";
import { voteDetector } from "./vote.js";

const single: readonly Detector[] = [
  gaussianHmmDetector,
  jumpModelDetector,
  gaussianMixtureDetector,
  bocpdDetector,
];

export const detectors: readonly Detector[] = [...single, voteDetector(single)];
export type { Detector, FitRequest } from "./detector.js";
