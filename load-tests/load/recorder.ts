/** Records the outcomes of a group's requests, in total and for each second. */
import { build, type Histogram } from "hdr-histogram-js";

export interface Second {
  /** Seconds from the start. */
  readonly at: number;
  readonly answers: number;
  readonly errors: Readonly<Record<string, number>>;
  /** Milliseconds, counted from when the request was due; null when the second had no answer. */
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

export const percentiles = ["p50", "p90", "p99", "p999", "max"] as const;

export type Latency = Readonly<Record<(typeof percentiles)[number], number>>;

export interface Summary {
  readonly asked: number;
  readonly answers: number;
  /**
   * The number of failures by gRPC code, with `, may have run` appended where the gateway reported so to a witness
   * group. Further keys: `late` (an answer after its deadline), `doubled` (more than one answer), `unanswered` and
   * `missed` (none), `wrong` and `vague`.
   */
  readonly errors: Readonly<Record<string, number>>;
  readonly perSecond: number;
  /** Milliseconds by percentile; null when no request was answered. */
  readonly latency: Latency | null;
  /** Milliseconds until a request was refused, by percentile; null when none was refused. */
  readonly refusal: { readonly p50: number; readonly p99: number } | null;
}

/** Values are in microseconds, with three significant digits, up to ten minutes. */
const histogram = () =>
  build({ lowestDiscernibleValue: 1, highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: 3 });

function latencyOf(times: Histogram): Latency {
  const of = (share: number) => times.getValueAtPercentile(share) / 1_000;
  return { p50: of(50), p90: of(90), p99: of(99), p999: of(99.9), max: times.maxValue / 1_000 };
}

interface Bucket {
  readonly times: Histogram;
  readonly errors: Record<string, number>;
}

export class Recorder {
  asked = 0;
  private readonly all = histogram();
  private readonly refused = histogram();
  private readonly errors: Record<string, number> = {};
  private watches: readonly { readonly due: number; readonly call: (at: number) => void }[] = [];
  private readonly seconds = new Map<number, Bucket>();

  /**
   * @param at milliseconds from the start at which the answer came
   * @param ms milliseconds since the request was due
   */
  answered(at: number, ms: number): void {
    const us = Math.max(1, Math.round(ms * 1_000));
    this.all.recordValue(us);
    this.bucket(at).times.recordValue(us);
    if (this.watches.length > 0) this.tell(at - ms, at);
  }

  /**
   * Calls `call` once, when the first request that is due at or after `due` is answered.
   * @param due milliseconds from the start
   */
  whenAnswered(due: number, call: (at: number) => void): void {
    this.watches = [...this.watches, { due, call }];
  }

  failed(at: number, ms: number, code: string): void {
    this.errors[code] = (this.errors[code] ?? 0) + 1;
    const { errors } = this.bucket(at);
    errors[code] = (errors[code] ?? 0) + 1;
    if (code === "resource_exhausted") this.refused.recordValue(Math.max(1, Math.round(ms * 1_000)));
  }

  summary(seconds: number): Summary {
    return {
      asked: this.asked,
      answers: this.all.totalCount,
      errors: { ...this.errors },
      perSecond: this.all.totalCount / seconds,
      latency: this.all.totalCount === 0 ? null : latencyOf(this.all),
      refusal:
        this.refused.totalCount === 0
          ? null
          : {
              p50: this.refused.getValueAtPercentile(50) / 1_000,
              p99: this.refused.getValueAtPercentile(99) / 1_000,
            },
    };
  }

  timeline(): Second[] {
    const order = [...this.seconds].sort(([a], [b]) => a - b);
    return order.map(([at, { times, errors }]) => {
      const of = (share: number) =>
        times.totalCount === 0 ? null : times.getValueAtPercentile(share) / 1_000;
      return {
        at,
        answers: times.totalCount,
        errors: { ...errors },
        p50: of(50),
        p99: of(99),
        max: times.totalCount === 0 ? null : times.maxValue / 1_000,
      };
    });
  }

  private tell(due: number, at: number): void {
    for (const watch of this.watches.filter((each) => due >= each.due)) watch.call(at);
    this.watches = this.watches.filter((each) => due < each.due);
  }

  private bucket(at: number): Bucket {
    const second = Math.floor(at / 1_000);
    const known = this.seconds.get(second);
    if (known !== undefined) return known;
    const bucket = { times: histogram(), errors: {} };
    this.seconds.set(second, bucket);
    return bucket;
  }
}
