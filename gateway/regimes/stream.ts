/**
 * One stream. Batches are computed one after another and kept in the order they came; each is answered, and
 * its events told, once it is on disk. What could not be kept is forgotten: the stream goes on from the disk.
 */
import type { Detector } from "../../engines/detectors/detector.js";
import { undecided } from "../../engines/detectors/hysteresis.js";
import type { Parameters } from "../../engines/servable.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { EventData, RegimeChange, RegimeState } from "../../protocol/frames.js";
import { fromWire } from "../../protocol/tensor.js";
import { regimeTopic } from "../../protocol/topics.js";
import type { Clock } from "../clock.js";
import type { LoggedEvent } from "./event-log.js";
import { type Journal, notKept, type Observations, type Progress, type StreamRecord } from "./journal.js";
import { Silence } from "./silence.js";
import { type AskFit, type Batch, type Outcome, type Turn, Watch } from "./watch.js";

export interface Taken {
  readonly accepted: number;
  readonly duplicates: number;
  readonly last_ts: number;
}

export interface StreamDuties {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly fit: AskFit;
  /** Tells of an event that the log shows from now on. */
  readonly tell: (event: LoggedEvent) => void;
}

/** What happens beside a stream's own opening, in the same transaction. */
export interface Opening {
  /** The stream whose place it takes. */
  readonly replaces?: number | undefined;
  readonly history?: Batch | undefined;
}

const unknown = "unknown";
const fresh = {
  total: 0,
  lastTs: null,
  d: 0,
  silent: false,
  hysteresis: undecided,
  probabilities: null,
  detecting: {},
};

export interface Smoothed {
  /** [n, k], oldest first. */
  readonly probabilities: Float64Array;
  /** Observations of the stream so far, the last of these being the newest. */
  readonly total: number;
}

interface Step {
  readonly data: EventData;
  /** The state that it brings. */
  readonly state: RegimeState;
}

export class Stream {
  private watch: Watch | undefined;
  /** The journal's failures that `watch` knows of. */
  private failures: number;
  private silent: boolean;
  private ended = false;
  /** Batches are computed one after another. */
  private tail: Promise<unknown> = Promise.resolve();
  /** And then land in that order. */
  private landing: Promise<unknown> = Promise.resolve();
  private told: RegimeState;
  /** Calmest first. */
  readonly regimeNames: readonly string[];
  private readonly silence: Silence;

  private constructor(
    readonly record: StreamRecord,
    readonly detector: Detector,
    private readonly duties: StreamDuties,
    progress: Progress,
  ) {
    const { journal, clock } = duties;
    this.regimeNames = detector.regimes(record.parameters);
    this.failures = journal.failures;
    this.silent = progress.silent;
    this.told = this.stateAfter(progress);
    const maxMs = record.parameters["max_silence_ms"];
    const quietMs = Math.max(0, clock.wall() - progress.touchedAt);
    this.silence = new Silence(clock, quietMs, typeof maxMs === "number" ? maxMs : undefined, () =>
      this.fellSilent(),
    );
  }

  /** A new stream, which is there at once; `settled` tells whether it could be kept. */
  static open(record: StreamRecord, detector: Detector, duties: StreamDuties, opening: Opening): Stream {
    const stream = new Stream(record, detector, duties, { ...fresh, touchedAt: duties.clock.wall() });
    stream.watch = Watch.start(record.name, detector, record.parameters);
    const opened = stream.tail.then(() => stream.begin(opening));
    stream.tail = opened;
    opened.catch(() => stream.end());
    return stream;
  }

  /** One that the journal has; its past is read when it is fed. */
  static restore(record: StreamRecord, detector: Detector, duties: StreamDuties, progress: Progress): Stream {
    return new Stream(record, detector, duties, progress);
  }

  get name(): string {
    return this.record.name;
  }

  get parameters(): Parameters {
    return this.record.parameters;
  }

  /** Milliseconds for which it was given nothing. */
  get silentMs(): number {
    return this.silence.ms;
  }

  /**
   * Takes a batch whole or not at all, after those before it.
   * @throws HeadgateError failed_precondition, invalid_argument or unavailable; nothing of the batch is taken then
   */
  observe(batch: Batch): Promise<Taken> {
    const computed = this.tail.then(() => this.take(batch));
    this.tail = computed.catch(() => undefined);
    return computed.then(({ taken, landed }) => landed.then(() => taken));
  }

  /** The state once every batch given so far was taken or refused, and none given later. */
  async settled(): Promise<RegimeState> {
    await this.tail;
    await this.landing.catch(() => undefined);
    return this.state();
  }

  /** As of the last whole batch that was kept, or of an event of it that was just told. */
  state(): RegimeState {
    return this.told;
  }

  /** How the kept past looks from today; undefined where the detector cannot say. */
  smoothed(): Promise<Smoothed | undefined> {
    const asked = this.tail.then(async () => {
      const watch = await this.ready();
      const smoothing = watch.smoothing();
      if (smoothing === undefined) return undefined;
      return { output: smoothing.output, total: watch.standing().total, answer: this.duties.fit(smoothing) };
    });
    this.tail = asked.catch(() => undefined);
    return asked.then(async (found) => {
      const outputs = await found?.answer;
      const tensor = found && outputs?.[found.output];
      if (tensor === undefined || found === undefined) return undefined;
      return { probabilities: Float64Array.from(fromWire(tensor).data as Float64Array), total: found.total };
    });
  }

  /** It is no more: batches given before may still bring events, and leave nothing else. */
  end(): void {
    this.ended = true;
    this.silence.stop();
  }

  private async begin({ replaces, history }: Opening): Promise<void> {
    const watch = this.watch as Watch;
    const past = history && (await watch.take(history, this.duties.fit));
    const progress = this.progress(watch);
    const { record } = this;
    const commit = this.duties.journal.commit({
      closed: replaces,
      opened: record,
      progress: { id: record.id, progress, observed: past?.observed, keep: watch.memory },
    });
    await commit;
    this.told = this.stateAfter(progress);
  }

  private async take(batch: Batch): Promise<{ taken: Taken; landed: Promise<unknown> }> {
    const watch = await this.ready();
    const { duplicates, observed, turns } = await watch.take(batch, this.duties.fit);
    const taken = { accepted: observed.n, duplicates, last_ts: watch.lastTs as number };
    if (observed.n === 0) return { taken, landed: this.landing };
    return { taken, landed: this.keep(watch, observed, turns) };
  }

  private keep(watch: Watch, observed: Observations, turns: Outcome["turns"]): Promise<void> {
    const steps = [...this.resumed(observed), ...turns.map((turn) => this.stepOf(turn))];
    this.silence.touch();
    this.silent = false;
    return this.commit(watch, steps, observed);
  }

  private commit(watch: Watch, steps: readonly Step[], observed?: Observations): Promise<void> {
    const { journal, tell } = this.duties;
    const { id, namespace, name } = this.record;
    const key = { namespace, topic: regimeTopic(name) };
    if (this.failures !== journal.failures) throw notKept(new Error("what it follows was not kept"));
    const progress = this.progress(watch);
    const commit = journal.commit(
      {
        progress: this.ended ? undefined : { id, progress, observed, keep: watch.memory },
        events: steps.map(({ data }) => ({ key, data })),
      },
      (event, i) => {
        this.told = steps[i]?.state ?? this.told;
        tell(event);
      },
    );
    const landed = commit.then(() => {
      this.told = this.stateAfter(progress);
    });
    landed.catch(() => undefined);
    this.landing = landed;
    return landed;
  }

  /** The detector at work, read from the disk where there is none or it computed what could not be kept. */
  private async ready(): Promise<Watch> {
    const { journal } = this.duties;
    if (this.watch !== undefined && this.failures === journal.failures) return this.watch;
    await this.landing.catch(() => undefined);
    this.failures = journal.failures;
    const saved = journal.stream(this.record.id);
    if (saved === undefined) throw new HeadgateError("not_found", `stream: ${this.name} is not open`);
    const { progress } = saved;
    const { name, detector, parameters } = this;
    const past = journal.observations(this.record.id, detector.memory(parameters));
    this.watch = Watch.restore(name, detector, parameters, progress, past);
    this.silent = progress.silent;
    return this.watch;
  }

  private fellSilent(): void {
    const told = this.tail.then(async () => {
      const max = Number(this.parameters["max_silence_ms"]);
      if (this.silent || this.ended || this.silence.ms < max) return;
      const watch = await this.ready();
      this.silent = true;
      const progress = watch.standing();
      const data = {
        kind: "feed_silent",
        stream: this.name,
        last_ts: progress.lastTs,
        max_silence_ms: max,
      } as const;
      await this.commit(watch, [{ data, state: this.stateAfter(progress) }]);
    });
    this.tail = told.catch(() => this.silence.again());
  }

  private resumed(observed: Observations): Step[] {
    if (!this.silent) return [];
    const [observed_ts = 0] = observed.times;
    const data = {
      kind: "feed_resumed",
      stream: this.name,
      observed_ts,
      silent_ms: this.silence.ms,
    } as const;
    return [{ data, state: this.told }];
  }

  private progress(watch: Watch): Progress {
    return {
      ...watch.standing(),
      touchedAt: this.duties.clock.wall() - this.silence.ms,
      silent: this.silent,
    };
  }

  private stepOf({ from, to, time, probabilities, total }: Turn): Step {
    const named = this.named(probabilities);
    const data: RegimeChange = {
      kind: "regime_change",
      stream: this.name,
      from: this.regimeNames[from] ?? unknown,
      to: this.regimeNames[to] ?? unknown,
      probability: probabilities[to] ?? 0,
      probabilities: named,
      detector: this.detector.signature.name,
      version: this.detector.signature.version,
      observed_ts: time,
    };
    return { data, state: this.stateOf(total, time, to, probabilities) };
  }

  private stateAfter(
    progress: Pick<Progress, "total" | "lastTs" | "hysteresis" | "probabilities">,
  ): RegimeState {
    const { total, lastTs, hysteresis, probabilities } = progress;
    return this.stateOf(total, lastTs, hysteresis.regime, probabilities);
  }

  private stateOf(
    observations: number,
    last_ts: number | null,
    index: number,
    probabilities: Float64Array | null,
  ): RegimeState {
    const named = this.named(probabilities);
    const regime = this.regimeNames[index] ?? unknown;
    return {
      kind: "regime_state",
      stream: this.name,
      regime,
      probability: named[regime] ?? null,
      probabilities: named,
      detector: this.detector.signature.name,
      version: this.detector.signature.version,
      observations,
      last_ts,
    };
  }

  private named(probabilities: Float64Array | null): Record<string, number> {
    if (probabilities === null) return {};
    return Object.fromEntries(this.regimeNames.map((name, i) => [name, probabilities[i] ?? 0]));
  }
}
