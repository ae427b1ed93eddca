/**
 * A detector at work on one stream, in memory: its state, the past it looks back on, and the regime after
 * hysteresis. What it makes of a batch is on nobody's disk yet.
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

/** A fit on the past; undefined when the data allow none now. */
export type FitFunction = (request: FitRequest) => Promise<WireTensors | undefined>;

/** What a detector may ask for while it takes a batch. */
export interface RunnerDependencies {
  readonly fit: FitFunction;
  readonly models: ModelClient;
  /** The thread is shared: between two pieces of its work others have their turn. */
  readonly turns: TurnBudget;
}

/** A regime that another took the place of. */
export interface RegimeTransition {
  readonly from: number;
  readonly to: number;
  readonly time: number;
  readonly probabilities: Float64Array;
  /** Observations so far, with the one that brought it. */
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
  /** Coming rows that the detector has asked a model of already. */
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

  /** @param past the newest observations, as many as the detector remembers */
  static restore(
    name: string,
    detector: Detector,
    parameters: Parameters,
    progress: StreamProgress,
    past: Observations,
  ): DetectorRunner {
    const watch = new DetectorRunner(
      name,
      detector,
      parameters,
      detector.restore(parameters, progress.detecting),
    );
    watch.hysteresis = progress.hysteresis;
    watch.total = progress.total;
    if (progress.d > 0) watch.history = StreamHistory.restore(watch.memory, progress.d, progress.total, past);
    return watch;
  }

  /** Observations it looks back on. */
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

  /** Observations from here on are gathered in it, once their width is known. */
  recorder(d: number): ObservationRecorder {
    return new ObservationRecorder(this.total, d, this.k);
  }

  /**
   * Lets a detector that needs a model ask it once for all of these batches, where it is plain that each will be
   * taken whole. Where it is not, or there is no answer, each batch asks for itself as it is taken.
   */
  async foresee(batches: readonly Batch[], { models }: RunnerDependencies): Promise<void> {
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
    } catch {} // each batch hears of its own trouble
  }

  /**
   * Takes a batch whole or not at all, into the recorder that `record` gives.
   * @param requireWanted throws when the rest is not wanted any more: then the watch is of no use either
   * @returns how many of its rows were duplicates
   * @throws HeadgateError failed_precondition or invalid_argument; nothing of the batch is taken then
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
    this.history = history; // now the batch is taken, and with it the stream's width
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

  /** How many leading rows were taken before. @throws when one of them differs or is long forgotten */
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
