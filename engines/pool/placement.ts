/** Chooses the workers that load a version. Pure. */

export interface WorkerLoad {
  /** How many versions are loaded or being loaded in it. */
  readonly versions: number;
  /** The share of recent time in which it computed, 0 to 1. */
  readonly busy: number;
}

/** Shares that differ by less count as equal: a few batches of a small model make as much. */
const busyStep = 0.05;

/** The `count` least busy workers; among equally busy ones those with the fewest versions, then in the given order. */
export function leastLoaded<T extends WorkerLoad>(places: readonly T[], count: number): T[] {
  const steps = (place: WorkerLoad) => Math.floor(place.busy / busyStep);
  return [...places].sort((a, b) => steps(a) - steps(b) || a.versions - b.versions).slice(0, count);
}
