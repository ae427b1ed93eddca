/** An estimate of what a stream takes on disk, for the tenant's quota. */
import type { Detector } from "../../engines/detectors/detector.js";
import type { Parameters } from "../../engines/servable.js";

/**
 * Bytes that an observation takes on disk beside its numbers. Each that is fed alone has a record of its own, of which
 * this is the header and its part of LMDB's pages.
 */
const observationBytes = 128;

/** Bytes that an event takes on disk, with its place in the log. */
export const eventBytes = 512;

/** Bytes that a stream takes on disk beside its observations. */
const recordBytes = 1_024;

/** @param observations that the stream was given, of d values each */
export function streamBytes(
  detector: Detector,
  parameters: Parameters,
  observations: number,
  d: number,
): number {
  const remembered = Math.min(observations, detector.memory(parameters));
  const numbers = 1 + d + detector.regimes(parameters).length;
  return recordBytes + remembered * (observationBytes + 8 * numbers);
}
