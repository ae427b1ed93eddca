/** What can be done with a fit that was kept: every `<fit>.apply` and `<fit>.update`. */
import { covarianceApply } from "./covariance-apply.js";
import { covarianceUpdate } from "./covariance-update.js";
import { fastIcaApply } from "./fast-ica-apply.js";
import type { Fit } from "./fit.js";
import { gaussianHmmApply } from "./gaussian-hmm-apply.js";
import { gaussianHmmUpdate } from "./gaussian-hmm-update.js";
import { gaussianMixtureApply } from "./gaussian-mixture-apply.js";
import { isolationForestApply } from "./isolation-forest-apply.js";
import { kmeansApply } from "./kmeans-apply.js";
import { nmfApply } from "./nmf-apply.js";
import { pcaApply } from "./pca-apply.js";
import { standardScalerApply, standardScalerUpdate } from "./standard-scaler-apply.js";

export const applications: readonly Fit[] = [
  standardScalerApply,
  standardScalerUpdate,
  pcaApply,
  fastIcaApply,
  nmfApply,
  kmeansApply,
  gaussianMixtureApply,
  isolationForestApply,
  covarianceApply("empirical_covariance"),
  covarianceApply("ledoit_wolf"),
  covarianceApply("oas"),
  covarianceUpdate("empirical_covariance"),
  covarianceUpdate("ledoit_wolf"),
  covarianceUpdate("oas"),
  gaussianHmmApply,
  gaussianHmmUpdate,
];
