/** Every detector, by name. */
import { bocpdDetector } from "./bocpd.js";
import type { Detector } from "./detector.js";
import { gaussianHmmDetector } from "./gaussian-hmm.js";
import { gaussianMixtureDetector } from "./gaussian-mixture.js";
import { jumpModelDetector } from "./jump-model.js";
import { lstmRegimeDetector } from "./lstm-regime.js";
import { voteDetector } from "./vote.js";

/** The detectors that take returns; `lstm-regime` takes other features and cannot be a member of a vote. */
const voters: readonly Detector[] = [
  gaussianHmmDetector,
  jumpModelDetector,
  gaussianMixtureDetector,
  bocpdDetector,
];

export const detectors: readonly Detector[] = [...voters, lstmRegimeDetector, voteDetector(voters)];
export type { Detector, FitRequest, ModelClient } from "./detector.js";
