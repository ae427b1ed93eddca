/** How many jobs there may be, and how much is kept of each. */
export interface JobLimits {
  /** Jobs that may wait for a place, of all tenants together. */
  readonly queuedMax: number;
  /** Jobs of one tenant that may wait for a place. */
  readonly tenantQueuedMax: number;
  /** Jobs of one tenant that may run at one time. */
  readonly tenantRunningMax: number;
  /** Bytes of the inputs of jobs that have not ended. Inputs by reference to a dataset do not count. */
  readonly inputBytesMax: number;
  /** Jobs of a namespace that are kept; of those that have ended, the oldest go. */
  readonly keptMax: number;
  /** Milliseconds that a job is kept after its end. */
  readonly ageMaxMs: number;
  /** How often a gateway may end without having been stopped while the job runs; after one more it fails. */
  readonly restartsMax: number;
  /** Bytes of the fitted attributes that are kept with a job. */
  readonly resultBytesMax: number;
  readonly logLinesMax: number;
  readonly curvePointsMax: number;
  readonly checkpointBytesMax: number;
}
