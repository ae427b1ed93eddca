/** What estimates a portfolio's risk, and the features that regime models take. */
import type { Estimator } from "../estimator.js";
import { factorRiskFit } from "./factor-risk-fit.js";
import { monteCarloVarFit } from "./monte-carlo-var-fit.js";
import { regimeFeaturesFit } from "./regime-features-fit.js";

export const riskEstimators: readonly Estimator[] = [
  {
    fit: monteCarloVarFit,
    applications: [],
    example: {},
    shiftInvariant: ["volatility"],
    parity: { fit: { oracle: "closed form (scipy)", error: "within 1.8 of its own standard errors" } },
  },
  {
    fit: factorRiskFit,
    applications: [],
    example: {},
    shiftInvariant: ["factor_variance", "specific_variance"],
    parity: {
      fit: {
        oracle: "scikit-learn's PCA and numpy",
        error: "2.0e-11",
        alsoEqual: "shares sum to one",
      },
    },
  },
  {
    fit: regimeFeaturesFit,
    applications: [],
    example: {},
    shiftInvariant: ["volatility"],
    parity: { fit: { oracle: "numpy", error: "2.2e-14" } },
  },
];
