/** What was counted of the requests of one version of a servable, as the metrics have it. */
export interface VersionStatistics {
  readonly model: string;
  readonly version: string;
  readonly requestSuccess: number;
  /** Failed requests by Triton's reasons. */
  readonly requestFailure: Readonly<Record<string, number>>;
  /** Rows computed. */
  readonly inferences: number;
  /** Batches computed. */
  readonly executions: number;
  /** Microseconds from arrival to answer, summed over requests. */
  readonly requestUs: number;
  readonly queueUs: number;
  readonly computeUs: number;
}
