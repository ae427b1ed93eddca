/** The decomposition estimators. */
import type { Estimator } from "../estimator.js";
import { fastIcaApply } from "./fast-ica-apply.js";
import { fastIcaFit } from "./fast-ica-fit.js";
import { nmfApply } from "./nmf-apply.js";
import { nmfFit } from "./nmf-fit.js";
import { pcaApply } from "./pca-apply.js";
import { pcaFit } from "./pca-fit.js";

export const decompositions: readonly Estimator[] = [
  {
    fit: pcaFit,
    applications: [pcaApply],
    example: {},
    shiftInvariant: ["explained_variance"],
    parity: {
      fit: {
        ways: "full, covariance_eigh, randomized, share, mle",
        oracle: "scikit-learn",
        error: "3.9e-11",
      },
      apply: { oracle: "scikit-learn", error: "7.8e-14" },
    },
  },
  {
    fit: fastIcaFit,
    applications: [fastIcaApply],
    example: { n_components: 2 },
    shiftInvariant: ["whitening"],
    parity: {
      fit: { oracle: "scikit-learn", error: "8.5e-13", alsoEqual: "iterations" },
      apply: { ways: "transform, inverse_transform", oracle: "scikit-learn", error: "4.2e-16" },
    },
  },
  {
    fit: nmfFit,
    applications: [nmfApply],
    example: { n_components: 2 },
    // NMF measures from zero and not from the mean, so adding an offset to the data changes the problem.
    shiftInvariant: [],
    parity: {
      fit: { oracle: "scikit-learn", error: "5.7e-13", alsoEqual: "iterations" },
      apply: {
        ways: "transform by cd and mu, inverse_transform",
        oracle: "scikit-learn",
        error: "1.1e-13",
        alsoEqual: "iterations",
      },
    },
  },
];
