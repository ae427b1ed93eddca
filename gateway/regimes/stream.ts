/** One stream: its past, its detector's state, its regime. Observations are taken one after another. */

import type { Detector, DetectorState, FitRequest } from "../../engines/detectors/detector.js";
import {
  decide,
  type HysteresisRule,
  type HysteresisState,
  undecided,
} from "../../engines/detectors/hysteresis.js";
import type { Parameters } from "../../engines/servable.js";
import { HeadgateError, invalidArgument } from "../../protocol/errors.js";
import type { RegimeChange, RegimeState, Tensors } from "../../protocol/frames.js";
import { limits } from "../../protocol/limits.js";
import { StreamHistory } from "./history.js";

export interface Batch {
  readonly times: readonly number[];
  /** Row-major [n, d]. */
  readonly rows: Float64Array;
  readonly d: number;
}

export interface Taken {
  readonly accepted: number;
  readonly duplicates: number;
  readonly last_ts: number;
}

export interface StreamDuties {
  /** A fit on the past; undefined when the data allow none now. */
  readonly fit: (request: FitRequest) => Promise<Tensors | undefined>;
  /** Settles once the change is in the event log. */
  readonly changed: (change: RegimeChange) => Promise<void>;
}

const unknown = "unknown";

export class Stream {
  private readonly detecting: DetectorState;
  private readonly regimes: readonly string[];
  private readonly rule: HysteresisRule;
  private history: StreamHistory | undefined;
  private hysteresis: HysteresisState = undecided;
  private tail: Promise<unknown> = Promise.resolve();
  private told: RegimeState | undefined;

  constructor(
    readonly name: string,
    readonly detector: Detector,
    readonly parameters: Parameters,
    private readonly duties: StreamDuties,
  ) {
    this.detecting = detector.start(parameters);
    this.regimes = detector.regimes(parameters);
    this.rule = {
      enterProbability: Number(parameters["enter_probability"]),
      minDwell: Number(parameters["min_dwell"]),
    };
  }

  /**
   * Takes a batch whole or not at all, after those before it.
   * @throws HeadgateError failed_precondition or invalid_argument; nothing of the batch is taken then
   */
  observe(batch: Batch): Promise<Taken> {
    const taken = this.tail.then(() => this.take(batch));
    this.tail = taken.catch(() => undefined);
    return taken;
  }

  /** The state once every batch given so far was taken or refused, and none given later. */
  settled(): Promise<RegimeState> {
    return this.tail.then(() => this.state());
  }

  /** As of the last whole batch, or of the last change if that came later: never half a batch. */
  state(): RegimeState {
    this.told ??= this.present();
    return this.told;
  }

  private present(): RegimeState {
    const probabilities = this.named();
    const regime = this.regimeName(this.hysteresis.regime);
    return {
      kind: "regime_state",
      stream: this.name,
      regime,
      probability: probabilities[regime] ?? null,
      probabilities,
      detector: this.detector.signature.name,
      version: this.detector.signature.version,
      observations: this.history?.total ?? 0,
      last_ts: this.history?.lastTime ?? null,
    };
  }

  private async take({ times, rows, d }: Batch): Promise<Taken> {
    requireIncreasing(times);
    const history = this.history ?? this.newHistory(d);
    if (history.d !== d)
      throw invalidArgument("values.shape", `${this.name} has ${history.d} values an observation, got ${d}`);
    const duplicates = this.repeated(history, times, rows);
    this.history = history; // now the batch is taken, and with it the stream's width
    for (let i = duplicates; i < times.length; i++)
      await this.takeOne(history, times[i] as number, rows.subarray(i * d, (i + 1) * d));
    this.told = this.present();
    return { accepted: times.length - duplicates, duplicates, last_ts: history.lastTime as number };
  }

  private newHistory(d: number): StreamHistory {
    const capacity = this.detector.memory(this.parameters);
    if (capacity * d > limits.tensor_elements_max)
      throw invalidArgument(
        "values.shape",
        `${this.name} remembers ${capacity} observations of at most ` +
          `${Math.floor(limits.tensor_elements_max / capacity)} values, got ${d}`,
      );
    return new StreamHistory(capacity, d);
  }

  /** How many leading rows were taken before. @throws when one of them differs or is long forgotten */
  private repeated(history: StreamHistory, times: readonly number[], rows: Float64Array): number {
    const last = history.lastTime ?? -Infinity;
    let count = 0;
    while (count < times.length && (times[count] as number) <= last) {
      const known = history.at(times[count] as number);
      const start = count * history.d;
      if (!known?.every((value, j) => Object.is(value, rows[start + j])))
        throw new HeadgateError(
          "failed_precondition",
          `ts: ${times[count]} is not after the stream's last ${last}${known ? " and its values differ from those taken" : ""}`,
        );
      count++;
    }
    return count;
  }

  private async takeOne(history: StreamHistory, time: number, row: Float64Array): Promise<void> {
    history.push(time, row);
    this.detecting.step(row);
    const due = this.detecting.due(history);
    if (due !== undefined) {
      const outputs = await this.duties.fit(due);
      if (outputs !== undefined) this.detecting.adopt(outputs);
    }
    const { probabilities } = this.detecting;
    if (probabilities === undefined) return;
    const before = this.hysteresis.regime;
    this.hysteresis = decide(this.rule, this.hysteresis, probabilities);
    if (this.hysteresis.regime === before) return;
    this.told = this.present();
    await this.duties.changed(this.change(before, time));
  }

  private change(before: number, time: number): RegimeChange {
    const probabilities = this.named();
    const to = this.regimeName(this.hysteresis.regime);
    return {
      kind: "regime_change",
      stream: this.name,
      from: this.regimeName(before),
      to,
      probability: probabilities[to] ?? 0,
      probabilities,
      detector: this.detector.signature.name,
      version: this.detector.signature.version,
      observed_ts: time,
    };
  }

  private regimeName(regime: number): string {
    return this.regimes[regime] ?? unknown;
  }

  private named(): Record<string, number> {
    const { probabilities } = this.detecting;
    if (probabilities === undefined) return {};
    return Object.fromEntries(this.regimes.map((name, i) => [name, probabilities[i] ?? 0]));
  }
}

function requireIncreasing(times: readonly number[]): void {
  for (let i = 1; i < times.length; i++)
    if (!((times[i] as number) > (times[i - 1] as number)))
      throw new HeadgateError(
        "failed_precondition",
        `ts: times increase; ts[${i}] is ${times[i]} after ${times[i - 1]}`,
      );
}
