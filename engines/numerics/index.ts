/** Every fit, by name: the explicit list the catalog is built from. */

import { applications } from "./applications.js";
import { dbscanFit } from "./cluster/dbscan-fit.js";
import { kmeansFit } from "./cluster/kmeans-fit.js";
import { empiricalCovarianceFit, ledoitWolfFit, oasFit } from "./covariance/covariance-fits.js";
import { fastIcaFit } from "./decomposition/fast-ica-fit.js";
import { nmfFit } from "./decomposition/nmf-fit.js";
import { pcaFit } from "./decomposition/pca-fit.js";
import type { Fit } from "./fit.js";
import { gaussianHmmFit } from "./hmm/gaussian-hmm-fit.js";
import { jumpModelFit } from "./hmm/jump-model-fit.js";
import { gaussianMixtureFit } from "./mixture/gaussian-mixture-fit.js";
import { isolationForestFit } from "./outliers/isolation-forest-fit.js";
import { standardScaler } from "./preprocessing/standard-scaler.js";
import { factorRiskFit } from "./risk/factor-risk-fit.js";
import { monteCarloVarFit } from "./risk/monte-carlo-var-fit.js";
import { regimeFeaturesFit } from "./risk/regime-features-fit.js";

export const fits: readonly Fit[] = [
  standardScaler,
  pcaFit,
  kmeansFit,
  ledoitWolfFit,
  gaussianHmmFit,
  empiricalCovarianceFit,
  oasFit,
  isolationForestFit,
  monteCarloVarFit,
  factorRiskFit,
  regimeFeaturesFit,
  dbscanFit,
  gaussianMixtureFit,
  fastIcaFit,
  nmfFit,
  jumpModelFit,
];

/** All that a numerics worker runs. */
export const allFits: readonly Fit[] = [...fits, ...applications];

export type { Fit, FitContext, FitInputs } from "./fit.js";
export { applications };
