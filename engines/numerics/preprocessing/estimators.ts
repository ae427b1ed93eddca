/** The scalers in the catalog. */
import type { Estimator } from "../estimator.js";
import { maxAbsScaler } from "./max-abs-scaler.js";
import { standardScaler } from "./standard-scaler.js";
import { standardScalerApply, standardScalerUpdate } from "./standard-scaler-apply.js";

export const preprocessing: readonly Estimator[] = [
  {
    fit: standardScaler,
    applications: [standardScalerApply, standardScalerUpdate],
    example: {},
    shiftInvariant: ["var", "scale"],
    parity: {
      fit: { oracle: "scikit-learn 1.9.1", error: "1e-12" },
      apply: { oracle: "scikit-learn", error: "7.8e-14" },
      update: {
        oracle: "scikit-learn's partial_fit",
        error: "1.8e-10",
        alsoEqual: "updating row by row equals the whole",
      },
    },
  },
  maxAbsScaler,
];
