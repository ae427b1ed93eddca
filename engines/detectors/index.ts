/** Every detector, by name. */
import type { Detector } from "./detector.js";
import { gaussianHmmDetector } from "./gaussian-hmm.js";

export const detectors: readonly Detector[] = [gaussianHmmDetector];
export type { Detector, FitRequest } from "./detector.js";
