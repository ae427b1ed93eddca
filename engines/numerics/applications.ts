/** What can be done with a fit that was kept: every `<fit>.apply` and `<fit>.update`. */
import { covarianceApply } from "./covariance-apply.js";
import { covarianceUpdate } from "./covariance-update.js";
import type { Fit } from "./fit.js";
import { gaussianHmmApply } from "./gaussian-hmm-apply.js";
import { gaussianHmmUpdate } from "./gaussian-hmm-update.js";
import { kmeansApply } from "./kmeans-apply.js";
import { pcaApply } from "./pca-apply.js";
import { standardScalerApply, standardScalerUpdate } from "./standard-scaler-apply.js";

export const applications: readonly Fit[] = [
  standardScalerApply,
  standardScalerUpdate,
  pcaApply,
  kmeansApply,
  covarianceApply("empirical_covariance"),
  covarianceApply("ledoit_wolf"),
  covarianceApply("oas"),
  covarianceUpdate("empirical_covariance"),
  gaussianHmmApply,
  gaussianHmmUpdate,
];
