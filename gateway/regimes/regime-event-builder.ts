/** Builds events and snapshots, as frames carry them, from a detector's numbers. */
import type { Detector } from "../../engines/detectors/detector.js";
import type { EventData, RegimeState } from "../../protocol/frames.js";
import type { RegimeTransition } from "./detector-runner.js";
import type { Observations, StreamProgress } from "./journal.js";

/** What the state of a stream is made from. */
export type RegimeProgress = Pick<StreamProgress, "total" | "lastTs" | "d" | "hysteresis" | "probabilities">;

/** An event, and the stream's state after it. */
export interface EventWithState {
  readonly data: EventData;
  readonly state: RegimeState;
}

const unknown = "unknown";

export class RegimeEventBuilder {
  /** @param regimes names, calmest first */
  constructor(
    private readonly stream: string,
    private readonly detector: Detector,
    readonly regimes: readonly string[],
  ) {}

  state({ total, lastTs, hysteresis, probabilities }: RegimeProgress): RegimeState {
    return this.stateOf(total, lastTs, hysteresis.regime, probabilities);
  }

  silent(progress: RegimeProgress, maxMs: number): EventWithState {
    const last_ts = progress.lastTs;
    const data: EventData = { kind: "feed_silent", stream: this.stream, last_ts, max_silence_ms: maxMs };
    return { data, state: this.state(progress) };
  }

  /** @param state of the stream, which the end of a silence does not change */
  resumed(state: RegimeState, { times }: Observations, silentMs: number): EventWithState {
    const [observed_ts = 0] = times;
    const data: EventData = {
      kind: "feed_resumed",
      stream: this.stream,
      observed_ts,
      silent_ms: silentMs,
    };
    return { data, state };
  }

  step({ from, to, time, probabilities, total }: RegimeTransition): EventWithState {
    const { name, version } = this.detector.signature;
    const data: EventData = {
      kind: "regime_change",
      stream: this.stream,
      from: this.regimes[from] ?? unknown,
      to: this.regimes[to] ?? unknown,
      probability: probabilities[to] ?? 0,
      probabilities: this.named(probabilities),
      detector: name,
      version,
      observed_ts: time,
    };
    return { data, state: this.stateOf(total, time, to, probabilities) };
  }

  private stateOf(
    observations: number,
    last_ts: number | null,
    index: number,
    probabilities: Float64Array | null,
  ): RegimeState {
    const { name, version } = this.detector.signature;
    const named = this.named(probabilities);
    const regime = this.regimes[index] ?? unknown;
    return {
      kind: "regime_state",
      stream: this.stream,
      regime,
      probability: named[regime] ?? null,
      probabilities: named,
      detector: name,
      version,
      observations,
      last_ts,
    };
  }

  private named(probabilities: Float64Array | null): Record<string, number> {
    if (probabilities === null) return {};
    return Object.fromEntries(this.regimes.map((name, i) => [name, probabilities[i] ?? 0]));
  }
}
