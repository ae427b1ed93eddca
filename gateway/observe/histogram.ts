/**
 * Durations in fixed buckets, in the form that Prometheus needs. Recording one adds to two numbers; prom-client's
 * histogram hashes its labels each time, which costs more than all other figures of a request. The text is generated
 * at a scrape.
 */

/** Upper bounds in milliseconds: from the batch of a small model to a long fit. */
const boundsMs = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000,
] as const;

export class Histogram {
  private readonly counts = new Array<number>(boundsMs.length + 1).fill(0);
  private sumMs = 0;

  record(ms: number): void {
    let at = 0;
    while (at < boundsMs.length && ms > (boundsMs[at] as number)) at++;
    this.counts[at] = (this.counts[at] as number) + 1;
    this.sumMs += ms;
  }

  /**
   * The samples in Prometheus's text format; none when nothing was recorded.
   * @param labels such as `model="a"`
   */
  *samples(name: string, labels: string): Generator<string> {
    let total = 0;
    for (const count of this.counts) total += count;
    if (total === 0) return;
    let upTo = 0;
    for (const [at, bound] of boundsMs.entries()) {
      upTo += this.counts[at] as number;
      yield `${name}_bucket{${labels},le="${bound / 1_000}"} ${upTo}`;
    }
    yield `${name}_bucket{${labels},le="+Inf"} ${total}`;
    yield `${name}_sum{${labels}} ${this.sumMs / 1_000}`;
    yield `${name}_count{${labels}} ${total}`;
  }
}

/** A label and its value, escaped as the text format requires. */
export function label(name: string, value: string): string {
  const escaped = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return `${name}="${escaped}"`;
}
