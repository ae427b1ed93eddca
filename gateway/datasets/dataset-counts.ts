/** What has happened to datasets since the gateway started, for the metrics. */
import type { Departure } from "./namespace-datasets.js";

export class DatasetCounts {
  /** Puts of content that the namespace did not have. */
  newPuts = 0;
  /** Puts of content that the namespace had already. */
  knownPuts = 0;
  appends = 0;
  references = 0;
  /** Tables that were read from the disk. */
  reads = 0;
  /** Tables that left the memory for others. */
  evictions = 0;
  readonly departures: Record<Departure, number> = { dropped: 0, expired: 0, displaced: 0, outnumbered: 0 };
}
