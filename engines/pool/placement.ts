/** Which workers a version is opened in. Pure. */

export interface WorkerLoad {
  /** Versions in it, those that are still being opened included. */
  readonly versions: number;
  /** How much of its time it lately computed, 0 to 1. */
  readonly busy: number;
}

/** Below this a difference says nothing: a few batches of a small model. */
const busyStep = 0.05;

/** The ones that compute least first; of those alike, the ones with the fewest versions. Those given first come first. */
export function leastLoaded<T extends WorkerLoad>(places: readonly T[], count: number): T[] {
  const steps = (place: WorkerLoad) => Math.floor(place.busy / busyStep);
  return [...places].sort((a, b) => steps(a) - steps(b) || a.versions - b.versions).slice(0, count);
}
