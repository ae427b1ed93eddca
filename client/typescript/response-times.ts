/** Response times by bucket: memory stays the same however many there are. */

/** Response times of the answers of one source, in milliseconds. */
export interface ResponseTimes {
  /** Answers that were counted. */
  readonly count: number;
  /** The mean. */
  readonly meanMs: number;
  /** The median, to within 4.4 %. */
  readonly p50Ms: number;
  /** The 90th percentile, to within 4.4 %. */
  readonly p90Ms: number;
  /** The 99th percentile, to within 4.4 %. */
  readonly p99Ms: number;
  /** The longest. */
  readonly mostMs: number;
}

// Eight buckets an octave from 61 us to 4096 s: a percentile is told to 4.4 %. The Python client has the same.
const firstOctave = -14;
const octaves = 26;
const perOctave = 8;

export class ResponseTimeBuckets {
  private readonly counts = new Array<number>(octaves * perOctave).fill(0);
  private total = 0;
  private sumMs = 0;
  private mostMs = 0;

  add(ms: number): void {
    const place = ms > 0 ? Math.floor((Math.log2(ms / 1_000) - firstOctave) * perOctave) : 0;
    const bucket = Math.min(this.counts.length - 1, Math.max(0, place));
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.total++;
    this.sumMs += ms;
    this.mostMs = Math.max(this.mostMs, ms);
  }

  get count(): number {
    return this.total;
  }

  get sumSeconds(): number {
    return this.sumMs / 1_000;
  }

  /** How many were shorter than 2^octave seconds. */
  countBelow(octave: number): number {
    const end = (octave - firstOctave) * perOctave;
    return this.counts.slice(0, end).reduce((sum, count) => sum + count, 0);
  }

  times(): ResponseTimes {
    return {
      count: this.total,
      meanMs: this.total === 0 ? 0 : this.sumMs / this.total,
      p50Ms: this.percentileMs(0.5),
      p90Ms: this.percentileMs(0.9),
      p99Ms: this.percentileMs(0.99),
      mostMs: this.mostMs,
    };
  }

  /** The middle of the bucket that holds it, and at most the longest time; 0 without any. */
  private percentileMs(share: number): number {
    const rank = share * this.total;
    let seen = 0;
    for (const [place, count] of this.counts.entries()) {
      seen += count;
      if (count > 0 && seen >= rank)
        return Math.min(1_000 * 2 ** (firstOctave + (place + 0.5) / perOctave), this.mostMs);
    }
    return 0;
  }
}
