/**
 * The maxima of parameters that multiply the cost of a fit. Each is far above what users of the libraries ask for. A
 * fit within all of them can still take long; the scheduler limits how long it may occupy a worker while other fits
 * wait (docs/adr/0028).
 */
export const costMaxima = {
  /** Starts of which the best is taken: scikit-learn's default is 1 or 10. */
  starts: 10_000,
  /** Iterations of one start: scikit-learn's defaults are 100 to 1,000. */
  iterations: 1_000_000,
  /** Clusters, or components of a mixture: each needs a pass over all rows in every iteration. */
  components: 10_000,
  /** States of a Markov chain: the transitions cost the square of this for each row. */
  states: 1_000,
  /** Trees of a forest: the default is 100. */
  trees: 10_000,
  /** Power iterations of the randomized solver: more than about ten gain nothing. */
  powerIterations: 1_000,
  /** Random vectors beyond the requested components: the default is 10. */
  oversamples: 10_000,
} as const;
