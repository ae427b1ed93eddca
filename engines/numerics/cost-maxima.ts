/**
 * The most that may be asked of parameters which multiply what a fit costs, each far above what the libraries'
 * users ask. A fit that holds to all of them can still be long: how long it may hold a worker while others wait
 * is the scheduler's (docs/adr/0028).
 */
export const costMaxima = {
  /** Starts to take the best of: scikit-learn's default is 1 or 10. */
  starts: 10_000,
  /** Iterations of one start: scikit-learn's defaults are 100 to 1,000. */
  iterations: 1_000_000,
  /** Clusters or components of a mixture: each costs a pass over all rows in every iteration. */
  components: 10_000,
  /** States of a chain, whose transitions cost their square for each row. */
  states: 1_000,
  /** Trees of a forest: the default is 100. */
  trees: 10_000,
  /** Power iterations of the randomized solver: beyond some ten it gains nothing. */
  powerIterations: 1_000,
  /** Limit on the random vectors beyond the requested components: the default is 10. */
  oversamples: 10_000,
} as const;
