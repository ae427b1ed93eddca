/** The covariance estimators in the catalog. */
import type { Estimator, Parity } from "../estimator.js";
import { covarianceApply } from "./covariance-apply.js";
import { empiricalCovarianceFit, ledoitWolfFit, oasFit } from "./covariance-fits.js";
import { covarianceUpdate } from "./covariance-update.js";

const apply: Parity = { oracle: "scikit-learn", error: "7.8e-14" };
const update: Parity = {
  oracle: "scikit-learn's fit of all rows",
  error: "2.2e-13",
  alsoEqual: "row by row too, also at 1e8",
};

export const covariances: readonly Estimator[] = [
  {
    fit: empiricalCovarianceFit,
    applications: [covarianceApply("empirical_covariance"), covarianceUpdate("empirical_covariance")],
    example: {},
    shiftInvariant: ["covariance"],
    parity: { fit: { oracle: "scikit-learn", error: "1.9e-12" }, apply, update },
  },
  {
    fit: ledoitWolfFit,
    applications: [covarianceApply("ledoit_wolf"), covarianceUpdate("ledoit_wolf")],
    example: { store_moments: true },
    shiftInvariant: ["covariance", "shrinkage"],
    parity: { fit: { oracle: "scikit-learn", error: "1.6e-13" }, apply, update },
  },
  {
    fit: oasFit,
    applications: [covarianceApply("oas"), covarianceUpdate("oas")],
    example: { store_moments: true },
    shiftInvariant: ["covariance", "shrinkage"],
    parity: { fit: { oracle: "scikit-learn", error: "2.2e-13" }, apply, update },
  },
];
