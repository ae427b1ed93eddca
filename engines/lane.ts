/**
 * The workers of one kind of servable. Each engine describes its own lane, once; whoever places work or schedules it
 * asks for these properties and never for the name, so that a lane can be added without them.
 */
export interface Lane {
  /** In logs, in metrics and in the names of its workers. */
  readonly name: string;
  /** The module whose `openHost` makes what a worker of it runs, as it is found from engines/. */
  readonly host: string;
  /** Batches handed to a worker before it asks for more. */
  readonly depth: number;
  /** Versions are opened in its workers and closed again. Otherwise each worker runs all that the lane has. */
  readonly holdsModels: boolean;
  /**
   * Rows of several requests may be computed together, and what a request takes is known by its rows. Otherwise each
   * request is a job of its own: what it takes is known by its size, and a tenant has only so many at once.
   */
  readonly inBatches: boolean;
}
