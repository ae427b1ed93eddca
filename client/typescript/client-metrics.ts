/** What a client's calls came to and how long they took: as an object, and in Prometheus' text. */
import { type ErrorCode, HeadgateError } from "../../protocol/errors.js";
import type { InferResult } from "./options.js";
import type { Outages } from "./outages.js";
import { ResponseTimeBuckets, type ResponseTimes } from "./response-times.js";

/** Calls of `infer` that ended in one way. */
export interface CallCount {
  /** `ok`, the code of the error, or `failed` when the fallback threw an error of its own. */
  readonly outcome: "ok" | "failed" | ErrorCode;
  /** Who answered; `client` for an error that no gateway sent. */
  readonly source: InferResult["source"] | "client";
  /** How many. */
  readonly count: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The figures of a client as plain data. */
export interface ClientFigures {
  /** Whether there is a connection now. */
  readonly connected: boolean;
  /** Times in which no gateway answered. */
  readonly outages: number;
  /** Seconds in which no gateway answered, all together. */
  readonly outage_seconds: number;
  /** Calls that ended, by outcome and source. */
  readonly calls: readonly CallCount[];
  /** Response times of the calls that were answered, by source. */
  readonly times: Readonly<Record<string, ResponseTimes>>;
}

/** The figures of one client since it was made. */
export class ClientMetrics {
  /** One for each outcome and source, which are few. */
  private readonly counts: Mutable<CallCount>[] = [];
  private readonly buckets = new Map<InferResult["source"], ResponseTimeBuckets>();

  /** @internal */
  constructor(
    private readonly outages: Outages,
    private readonly isConnected: () => boolean,
  ) {}

  /** Counts a call that was answered. @internal */
  answered(source: InferResult["source"], ms: number): void {
    this.count("ok", source);
    let buckets = this.buckets.get(source);
    if (buckets === undefined) {
      buckets = new ResponseTimeBuckets();
      this.buckets.set(source, buckets);
    }
    buckets.add(ms);
  }

  /** Counts a call that ended with an error. @internal */
  failed(error: unknown): void {
    if (!(error instanceof HeadgateError)) this.count("failed", "client");
    else this.count(error.code, error.answered ? "gateway" : "client");
  }

  /** Calls of `infer` that ended, by outcome and source. */
  get calls(): readonly CallCount[] {
    return this.counts.map((each) => ({ ...each }));
  }

  /** Response times of the calls that were answered, by who answered. */
  get times(): Readonly<Record<string, ResponseTimes>> {
    return Object.fromEntries([...this.buckets].map(([source, buckets]) => [source, buckets.times()]));
  }

  /** All of it as plain data, as `JSON.stringify` takes it. */
  toJSON(): ClientFigures {
    return {
      connected: this.isConnected(),
      outages: this.outages.count,
      outage_seconds: this.outages.totalMs / 1_000,
      calls: this.calls,
      times: this.times,
    };
  }

  /** All of it in Prometheus' text exposition format, to be served with what the program tells of itself. */
  prometheus(): string {
    const calls = this.calls.map(
      ({ outcome, source, count }) =>
        `headgate_client_calls_total{outcome="${outcome}",source="${source}"} ${count}`,
    );
    const lines = [
      ...head("calls_total", "counter", "Calls of infer that ended, by outcome and source."),
      ...calls.sort(),
      ...head("response_seconds", "histogram", "Time of the calls that were answered, by source."),
      ...[...this.buckets].flatMap(([source, buckets]) => histogramLines(source, buckets)),
      ...head("connected", "gauge", "Whether there is a connection now."),
      `headgate_client_connected ${Number(this.isConnected())}`,
      ...head("outages_total", "counter", "Times in which no gateway answered."),
      `headgate_client_outages_total ${this.outages.count}`,
      ...head("outage_seconds_total", "counter", "How long no gateway answered, all together."),
      `headgate_client_outage_seconds_total ${(this.outages.totalMs / 1_000).toFixed(3)}`,
    ];
    return `${lines.join("\n")}\n`;
  }

  private count(outcome: CallCount["outcome"], source: CallCount["source"]): void {
    const known = this.counts.find((each) => each.outcome === outcome && each.source === source);
    if (known === undefined) this.counts.push({ outcome, source, count: 1 });
    else known.count++;
  }
}

/** Bounds of the buckets that Prometheus is told: 2^-12 s (0.24 ms) to 2^6 s (64 s). */
const octavesTold = Array.from({ length: 19 }, (_, i) => i - 12);

function head(name: string, kind: string, text: string): string[] {
  return [`# HELP headgate_client_${name} ${text}`, `# TYPE headgate_client_${name} ${kind}`];
}

function histogramLines(source: string, buckets: ResponseTimeBuckets): string[] {
  const name = "headgate_client_response_seconds";
  const bounds = octavesTold.map((octave) => [String(2 ** octave), buckets.countBelow(octave)] as const);
  return [
    ...[...bounds, ["+Inf", buckets.count] as const].map(
      ([bound, count]) => `${name}_bucket{source="${source}",le="${bound}"} ${count}`,
    ),
    `${name}_sum{source="${source}"} ${buckets.sumSeconds.toFixed(6)}`,
    `${name}_count{source="${source}"} ${buckets.count}`,
  ];
}
