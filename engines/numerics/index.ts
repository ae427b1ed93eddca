/** Every fit, by name: the explicit list the catalog is built from. */
import { empiricalCovarianceFit, ledoitWolfFit, oasFit } from "./covariance-fits.js";
import { dbscanFit } from "./dbscan-fit.js";
import { factorRiskFit } from "./factor-risk-fit.js";
import { fastIcaFit } from "./fast-ica-fit.js";
import type { Fit } from "./fit.js";
import { gaussianHmmFit } from "./gaussian-hmm-fit.js";
import { gaussianMixtureFit } from "./gaussian-mixture-fit.js";
import { isolationForestFit } from "./isolation-forest-fit.js";
import { jumpModelFit } from "./jump-model-fit.js";
import { kmeansFit } from "./kmeans-fit.js";
import { monteCarloVarFit } from "./monte-carlo-var-fit.js";
import { nmfFit } from "./nmf-fit.js";
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
  dbscanFit,
  gaussianMixtureFit,
  fastIcaFit,
  nmfFit,
  jumpModelFit,
];

export type { Fit, FitContext, FitInputs } from "./fit.js";
