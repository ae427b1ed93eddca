/**
 * A group of workers for one kind of servable. Each engine defines its own lane. The scheduler and the pool read
 * these properties and never the lane's name, so that a lane can be added without changing them.
 */
export interface Lane {
  /** The name in logs, in metrics and in the names of the workers. */
  readonly name: string;
  /** The path, relative to engines/, of the module whose `openHost` creates the host that its workers run. */
  readonly host: string;
  /** Limit on the batches in flight at one worker. */
  readonly depth: number;
  /**
   * Whether versions are opened and closed in the workers. Otherwise each worker can run every servable of the lane.
   */
  readonly holdsModels: boolean;
  /**
   * Whether rows of several requests may be computed together; the cost of a request is then estimated from its rows.
   * Otherwise each request is a job of its own, its cost is estimated from its size, and each tenant has a limit on
   * concurrent jobs.
   */
  readonly inBatches: boolean;
}
