/** Every fit, by name: the explicit list the catalog is built from. */
import { dbscanFit } from "./dbscan-fit.js";
import { fastIcaFit } from "./fast-ica-fit.js";
import type { Fit } from "./fit.js";
import { gaussianHmmFit } from "./gaussian-hmm-fit.js";
import { gaussianMixtureFit } from "./gaussian-mixture-fit.js";
import { kmeansFit } from "./kmeans-fit.js";
import { ledoitWolfFit } from "./ledoit-wolf.js";
import { nmfFit } from "./nmf-fit.js";
import { pcaFit } from "./pca-fit.js";
import { standardScaler } from "./standard-scaler.js";

export const fits: readonly Fit[] = [
  standardScaler,
  pcaFit,
  kmeansFit,
  ledoitWolfFit,
  gaussianHmmFit,
  dbscanFit,
  gaussianMixtureFit,
  fastIcaFit,
  nmfFit,
];

export type { Fit, FitContext, FitInputs } from "./fit.js";
