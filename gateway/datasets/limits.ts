/** The bounds of datasets, each enforced before memory is taken. */
export interface DatasetLimits {
  /** Datasets of a namespace. */
  readonly countMax: number;
  /** Versions of a dataset: the oldest go. */
  readonly versionsMax: number;
  /** Columns of the tables of a namespace: each takes memory for its name and its hash, however few rows there are. */
  readonly columnsMax: number;
  /** Bytes of one dataset. */
  readonly datasetBytesMax: number;
  /** Bytes of a namespace's datasets. */
  readonly namespaceBytesMax: number;
  /** Bytes of all datasets. */
  readonly bytesMax: number;
  /** Bytes of datasets that stay in memory when nothing uses them; the others are read from the disk. */
  readonly memoryBytesMax: number;
  /** Milliseconds that a dataset lives without being put, appended to or referred to. */
  readonly expiryMs: number;
}
