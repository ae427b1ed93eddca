/** The models whose states follow each other in time. */
import type { Estimator } from "../estimator.js";
import { gaussianHmmApply } from "./gaussian-hmm-apply.js";
import { gaussianHmmFit } from "./gaussian-hmm-fit.js";
import { gaussianHmmUpdate } from "./gaussian-hmm-update.js";
import { jumpModelFit } from "./jump-model-fit.js";

export const stateModels: readonly Estimator[] = [
  {
    fit: gaussianHmmFit,
    applications: [gaussianHmmApply, gaussianHmmUpdate],
    example: { n_components: 2 },
    shiftInvariant: ["covars"],
    parity: {
      fit: {
        ways: "full, tied, diag, spherical; sequences, starts in part, params, priors",
        oracle: "hmmlearn 0.3.3",
        error: "5e-13",
        alsoEqual: "Viterbi path, iterations, the likelihood before each",
      },
      apply: {
        ways: "score, score_samples, predict, decode; sequences",
        oracle: "hmmlearn",
        error: "7.8e-14",
        alsoEqual: "Viterbi path",
      },
      update: { oracle: "hmmlearn", error: "1.8e-10", alsoEqual: "updating row by row equals the whole" },
    },
  },
  {
    fit: jumpModelFit,
    applications: [],
    example: {},
    shiftInvariant: ["labels"],
    parity: {
      fit: {
        oracle: "jumpmodels 0.1.1, its authors'",
        error: "1e-9",
        alsoEqual: "labels, online labels; brute force on short sequences",
      },
    },
  },
];
