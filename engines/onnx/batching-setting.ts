/** What a model's config.json may ask of its batches. */
export const batchingSettings = ["proven", "exact", "asserted"] as const;

/**
 * `proven`: rows are computed together where the graph proves that they stay apart and trials agree. `exact`: and
 * where every trial was equal bit by bit. `asserted`: the operator vouches for what the graph does not tell.
 */
export type BatchingSetting = (typeof batchingSettings)[number];
