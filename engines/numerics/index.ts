/** Every estimator, by family: the explicit list from which the catalog is built. */

import { clusterings } from "./cluster/estimators.js";
import { covariances } from "./covariance/estimators.js";
import { decompositions } from "./decomposition/estimators.js";
import type { Estimator } from "./estimator.js";
import type { Fit } from "./fit.js";
import { stateModels } from "./hmm/estimators.js";
import { mixtures } from "./mixture/estimators.js";
import { outlierDetectors } from "./outliers/estimators.js";
import { preprocessing } from "./preprocessing/estimators.js";
import { riskEstimators } from "./risk/estimators.js";

export const estimators: readonly Estimator[] = [
  ...preprocessing,
  ...decompositions,
  ...clusterings,
  ...mixtures,
  ...outlierDetectors,
  ...covariances,
  ...stateModels,
  ...riskEstimators,
];

export const fits: readonly Fit[] = estimators.map(({ fit }) => fit);

/** The applications of the fits' attributes: every `<fit>.apply` and `<fit>.update`. */
export const applications: readonly Fit[] = estimators.flatMap((estimator) => estimator.applications);

/** Everything that a numerics worker can run. */
export const allFits: readonly Fit[] = [...fits, ...applications];

export type { Estimator, Parity } from "./estimator.js";
export type { Fit, FitContext, FitInputs } from "./fit.js";
