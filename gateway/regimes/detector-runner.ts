/**
 * Runs a detector on one stream, in memory: the detector's state, the past that it reads, and the regime after
 * hysteresis. What it computes of a batch is not on disk yet.
 */
import type {
  Detector,
  DetectorState,
  FitRequest,
  ModelClient,
  SmoothingRequest,
} from "../../engines/detectors/detector.js";
import {
  decide,
  type HysteresisRule,
  type HysteresisState,
  undecided,
} from "../../engines/detectors/hysteresis.js";
import type { Pieces } from "../../engines/pieces.js";
import type { Parameters } from "../../engines/servable.js";
import { HeadgateError, invalidArgument } from "../../protocol/errors.js";
import type { WireTensors } from "../../protocol/frames.js";
import { limits } from "../../protocol/limits.js";
import type { TurnBudget } from "../turn-budget.js";
import { type Batch, followOneAnother, joined, requireIncreasing } from "./batch.js";
import { StreamHistory } from "./history.js";
import type { Observations, StreamProgress } from "./journal.js";
import { ObservationRecorder } from "./observation-recorder.js";

/** Runs a fit on the past. Undefined when the data do not allow a fit now. */
export type FitFunction = (request: FitRequest) => Promise<WireTensors | undefined>;

/** What a detector may use while it computes a batch. */
export interface RunnerDependencies {
  readonly fit: FitFunction;
  readonly models: ModelClient;
  /** The socket thread's time is shared: between two pieces of the detector's work other work runs. */
  readonly turns: TurnBudget;
}

/** A change from one regime to another. */
export interface RegimeTransition {
  readonly from: number;
  readonly to: number;
  readonly time: number;
  readonly probabilities: Float64Array;
  /** Observations so far, the one of the change included. */
  readonly total: number;
}

type RunnerProgress = Pick<
  StreamProgress,
  "total" | "lastTs" | "d" | "hysteresis" | "probabilities" | "detecting"
>;

export class DetectorRunner {
  private history: StreamHistory | undefined;
  private hysteresis: HysteresisState = undecided;
  private readonly rule: HysteresisRule;
  private readonly k: number;
  private total = 0;
  /** Rows that are still to be computed and for which the detector has asked its model already. */
  private preparedRows = 0;

  private constructor(
    private readonly name: string,
    private readonly detector: Detector,
    private readonly parameters: Parameters,
    private readonly state: DetectorState,
  ) {
    this.k = detector.regimes(parameters).length;
    this.rule = {
      enterProbability: Number(parameters["enter_probability"]),
      minDwell: Number(parameters["min_dwell"]),
    };
  }

  static start(name: string, detector: Detector, parameters: Parameters): DetectorRunner {
    return new DetectorRunner(name, detector, parameters, detector.start(parameters));
  }

  /** @param past the newest observations, as many as the detector reads */
  static restore(
    name: string,
    detector: Detector,
    parameters: Parameters,
    progress: StreamProgress,
    past: Observations,
  ): DetectorRunner {
    const runner = new DetectorRunner(
      name,
      detector,
      parameters,
      detector.restore(parameters, progress.detecting),
    );
    runner.hysteresis = progress.hysteresis;
    runner.total = progress.total;
    if (progress.d > 0)
      runner.history = StreamHistory.restore(runner.memory, progress.d, progress.total, past);
    return runner;
  }

  /** Observations of the past that the detector reads. */
  get memory(): number {
    return this.detector.memory(this.parameters);
  }

  get lastTs(): number | null {
    return this.history?.lastTime ?? null;
  }

  progress(): RunnerProgress {
    return {
      total: this.total,
      lastTs: this.lastTs,
      d: this.history?.d ?? 0,
      hysteresis: this.hysteresis,
      probabilities: this.state.probabilities?.slice() ?? null,
      detecting: this.state.save(),
    };
  }

  smoothing(): Pieces<SmoothingRequest | undefined> | undefined {
    return this.history && this.state.smoothing?.(this.history);
  }

  /** A recorder for the observations from here on. The width must be known. */
  recorder(d: number): ObservationRecorder {
    return new ObservationRecorder(this.total, d, this.k);
  }

  /**
   * Lets a detector that needs a model ask it once for all of these batches, where it is certain that each batch will
   * be accepted whole. Otherwise, and where the model does not answer, the detector asks for each batch when it is
   * computed.
   */
  async prefetch(batches: readonly Batch[], { models }: RunnerDependencies): Promise<void> {
    this.preparedRows = 0;
    const [head] = batches;
    if (this.state.prefetch === undefined || head === undefined || batches.length === 1) return;
    try {
      const history = this.history ?? this.newHistory(head.d);
      if (!followOneAnother(batches, history)) return;
      const rows = joined(batches);
      const n = rows.length / head.d;
      await this.state.prefetch({ rows, n, d: head.d }, history, models);
      this.preparedRows = n;
    } catch {} // each batch meets its own error when it is computed
  }

  /**
   * Computes a batch, whole or not at all, into the recorder that `record` returns.
   * @param requireWanted throws when the rest of the batch is no longer wanted: this runner cannot be used further
   * then
   * @returns how many of the batch's rows were duplicates
   * @throws HeadgateError failed_precondition or invalid_argument: nothing of the batch is accepted then
   */
  async take(
    { times, rows, d }: Batch,
    { fit: ask, models, turns }: RunnerDependencies,
    record: (d: number) => ObservationRecorder,
    onTransition: (turn: RegimeTransition) => void,
    requireWanted: () => void,
  ): Promise<number> {
    requireIncreasing(times);
    const history = this.history ?? this.newHistory(d);
    if (history.d !== d)
      throw invalidArgument("values.shape", `${this.name} has ${history.d} values an observation, got ${d}`);
    const duplicates = this.duplicateRows(history, times, rows);
    if (duplicates === times.length) return duplicates;
    const n = times.length - duplicates;
    if (this.preparedRows > 0) this.preparedRows -= n;
    else if (this.state.prefetch !== undefined)
      await this.state.prefetch({ rows: rows.subarray(duplicates * d), n, d }, history, models);
    this.history = history; // from here on the batch is accepted, and with it the stream's width
    const recorder = record(d);
    for (let i = duplicates; i < times.length; i++) {
      const time = times[i] as number;
      const row = times.length === 1 ? rows : rows.subarray(i * d, (i + 1) * d);
      history.push(time, row);
      this.total++;
      const stepping = this.state.step(row);
      if (stepping !== undefined) await turns.all(stepping);
      const fitting = this.state.due(history);
      const due = fitting && (await turns.all(fitting));
      if (due !== undefined) {
        const outputs = await ask(due);
        if (outputs !== undefined) await turns.all(this.state.adopt(outputs));
      }
      const turn = this.decide(time);
      if (turn !== undefined) onTransition(turn);
      recorder.add(time, row, this.hysteresis.regime, this.state.probabilities);
      if (turns.spent && i + 1 < times.length) {
        await turns.next();
        requireWanted();
      }
    }
    return duplicates;
  }

  private decide(time: number): RegimeTransition | undefined {
    const { probabilities } = this.state;
    if (probabilities === undefined) return undefined;
    const from = this.hysteresis.regime;
    this.hysteresis = decide(this.rule, this.hysteresis, probabilities);
    const to = this.hysteresis.regime;
    if (to === from) return undefined;
    return { from, to, time, probabilities: probabilities.slice(), total: this.total };
  }

  private newHistory(d: number): StreamHistory {
    const capacity = this.memory;
    if (capacity * d > limits.stream_values_max)
      throw invalidArgument(
        "values.shape",
        `${this.name} remembers ${capacity} observations of at most ` +
          `${Math.floor(limits.stream_values_max / capacity)} values, got ${d}`,
      );
    const widest = this.detector.widthMax?.(this.parameters) ?? Infinity;
    if (d > widest)
      throw invalidArgument(
        "values.shape",
        `${this.detector.signature.name} with the parameters of ${this.name} takes at most ${widest} values ` +
          `an observation, got ${d}`,
      );
    return new StreamHistory(capacity, d);
  }

  /**
   * How many leading rows were accepted before.
   * @throws when one of them differs from what was accepted, or is too old to compare
   */
  private duplicateRows(history: StreamHistory, times: readonly number[], rows: Float64Array): number {
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
}
