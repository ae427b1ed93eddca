/** The values of `batching` in a model's config.json. */
export const batchingSettings = ["proven", "exact", "asserted"] as const;

/**
 * `proven`: rows are computed together where the graph proves that they are independent and trials confirm it.
 * `exact`: as `proven`, and only where the outputs of every trial were equal bit by bit. `asserted`: the operator
 * vouches for the independence that the graph does not prove.
 */
export type BatchingSetting = (typeof batchingSettings)[number];
