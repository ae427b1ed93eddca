/** The mixtures. */
import type { Estimator } from "../estimator.js";
import { gaussianMixtureApply } from "./gaussian-mixture-apply.js";
import { gaussianMixtureFit } from "./gaussian-mixture-fit.js";

export const mixtures: readonly Estimator[] = [
  {
    fit: gaussianMixtureFit,
    applications: [gaussianMixtureApply],
    example: { n_components: 3 },
    shiftInvariant: ["covariances", "weights", "labels"],
    parity: {
      fit: {
        ways: "full, tied, diag, spherical",
        oracle: "scikit-learn",
        error: "4.4e-10",
        alsoEqual: "labels, iterations",
      },
      apply: {
        ways: "predict, predict_proba, score_samples, score",
        oracle: "scikit-learn",
        error: "2.6e-14",
        alsoEqual: "labels",
      },
    },
  },
];
