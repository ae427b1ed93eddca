/** The estimators that detect outliers. */
import type { Estimator } from "../estimator.js";
import { isolationForestApply } from "./isolation-forest-apply.js";
import { isolationForestFit } from "./isolation-forest-fit.js";

export const outlierDetectors: readonly Estimator[] = [
  {
    fit: isolationForestFit,
    applications: [isolationForestApply],
    example: {},
    shiftInvariant: ["score_samples"],
    parity: {
      fit: {
        oracle: "scikit-learn",
        error: "2.5e-16 (scores)",
        alsoEqual: "the trees themselves, seed by seed",
      },
      apply: {
        ways: "score_samples, decision_function, predict",
        oracle: "scikit-learn",
        error: "1.1e-15",
        alsoEqual: "labels",
      },
    },
  },
];
