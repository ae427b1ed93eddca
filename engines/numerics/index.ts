/** Every fit, by name: the explicit list the catalog is built from. */
import { empiricalCovarianceFit, ledoitWolfFit, oasFit } from "./covariance-fits.js";
import { factorRiskFit } from "./factor-risk-fit.js";
import type { Fit } from "./fit.js";
import { gaussianHmmFit } from "./gaussian-hmm-fit.js";
import { isolationForestFit } from "./isolation-forest-fit.js";
import { kmeansFit } from "./kmeans-fit.js";
import { monteCarloVarFit } from "./monte-carlo-var-fit.js";
import { pcaFit } from "./pca-fit.js";
import { regimeFeaturesFit } from "./regime-features-fit.js";
import { standardScaler } from "./standard-scaler.js";

export { applications } from "./applications.js";

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
];

export type { Fit, FitContext, FitInputs } from "./fit.js";
