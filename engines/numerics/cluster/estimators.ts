/** The clustering estimators. */
import type { Estimator } from "../estimator.js";
import { dbscanFit } from "./dbscan-fit.js";
import { kmeansApply } from "./kmeans-apply.js";
import { kmeansFit } from "./kmeans-fit.js";

export const clusterings: readonly Estimator[] = [
  {
    fit: kmeansFit,
    applications: [kmeansApply],
    example: { n_clusters: 3 },
    shiftInvariant: ["inertia", "labels"],
    parity: {
      fit: {
        oracle: "scikit-learn",
        error: "1e-12",
        alsoEqual: "labels, iterations, inertia of the seeded tests",
      },
      apply: { oracle: "scikit-learn", error: "7.8e-14" },
    },
  },
  {
    fit: dbscanFit,
    applications: [],
    example: {},
    shiftInvariant: ["labels"],
    parity: { fit: { oracle: "scikit-learn", error: "0", alsoEqual: "labels, core samples" } },
  },
];
