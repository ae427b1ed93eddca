/** What can be done with a fit that was kept: every `<fit>.apply` and `<fit>.update`. */

import { kmeansApply } from "./cluster/kmeans-apply.js";
import { covarianceApply } from "./covariance/covariance-apply.js";
import { covarianceUpdate } from "./covariance/covariance-update.js";
import { fastIcaApply } from "./decomposition/fast-ica-apply.js";
import { nmfApply } from "./decomposition/nmf-apply.js";
import { pcaApply } from "./decomposition/pca-apply.js";
import type { Fit } from "./fit.js";
import { gaussianHmmApply } from "./hmm/gaussian-hmm-apply.js";
import { gaussianHmmUpdate } from "./hmm/gaussian-hmm-update.js";
import { gaussianMixtureApply } from "./mixture/gaussian-mixture-apply.js";
import { isolationForestApply } from "./outliers/isolation-forest-apply.js";
import { standardScalerApply, standardScalerUpdate } from "./preprocessing/standard-scaler-apply.js";

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
