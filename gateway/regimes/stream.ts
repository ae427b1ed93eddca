/**
 * One stream. Batches are computed one after another and committed in their order. Each is answered, and its events
 * are published, once it is on disk. After a commit that failed the stream continues from what is on disk.
 */
import type { Detector } from "../../engines/detectors/detector.js";
import { undecided } from "../../engines/detectors/hysteresis.js";
import type { Parameters } from "../../engines/servable.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { EventData, RegimeState } from "../../protocol/frames.js";
import { regimeTopic } from "../../protocol/topics.js";
import type { Clock } from "../clock.js";
import type { LoggedEvent } from "../events/event-log.js";
import type { Batch } from "./batch.js";
import { BatchQueue, type BatchReceipt, type QueuedBatch } from "./batch-queue.js";
import { DetectorRunner, type RegimeTransition, type RunnerDependencies } from "./detector-runner.js";
import type { Journal, Observations, StreamProgress, StreamRecord } from "./journal.js";
import type { ObservationRecorder } from "./observation-recorder.js";
import { type EventWithState, RegimeEventBuilder } from "./regime-event-builder.js";
import { SilenceTimer } from "./silence-timer.js";
import { beginSmoothing, type SmoothedProbabilities } from "./smoothing.js";
import { eventBytes, streamBytes } from "./stream-bytes.js";
import { StreamCommits } from "./stream-commits.js";

export interface StreamDependencies extends RunnerDependencies {
  readonly journal: Journal;
  readonly clock: Clock;
  /** Publishes an event that has just become visible in the log. */
  readonly publish: (event: LoggedEvent) => void;
}

/** What the transaction that opens a stream contains beside it. */
export interface StreamOpenOptions {
  /** Id of the stream that this one replaces. */
  readonly replaces?: number | undefined;
  readonly history?: Batch | undefined;
  /**
   * Settles once the earlier stream of this name is committed, with the events that the same transaction publishes.
   */
  readonly before?: (() => Promise<readonly EventData[]>) | undefined;
}

const fresh = {
  total: 0,
  lastTs: null,
  d: 0,
  silent: false,
  hysteresis: undecided,
  probabilities: null,
  detecting: {},
};

export class RegimeStream {
  private runner: DetectorRunner | undefined;
  private silent: boolean;
  private ended = false;
  /** Why batches that are not computed yet are refused: the stream was ended, or the gateway stops. */
  private endReason: HeadgateError | undefined;
  /** Computes batches one after another. */
  private readonly queue = new BatchQueue(async (queued) => this.computeAll(queued, await this.ready()));
  private readonly commits: StreamCommits;
  private readonly events: RegimeEventBuilder;
  private readonly silence: SilenceTimer;

  private constructor(
    readonly record: StreamRecord,
    readonly detector: Detector,
    private readonly dependencies: StreamDependencies,
    progress: StreamProgress,
  ) {
    const { journal, clock, publish } = dependencies;
    this.events = new RegimeEventBuilder(record.name, detector, detector.regimes(record.parameters));
    this.commits = new StreamCommits(record, journal, publish, this.events, progress);
    this.silent = progress.silent;
    const maxMs = record.parameters["max_silence_ms"];
    const quietMs = Math.max(0, clock.wall() - progress.touchedAt);
    this.silence = new SilenceTimer(clock, quietMs, typeof maxMs === "number" ? maxMs : undefined, () =>
      this.publishSilence(),
    );
  }

  /** Opens a new stream, which can be used at once; `settled` settles once it is known whether it could be kept. */
  static open(
    record: StreamRecord,
    detector: Detector,
    dependencies: StreamDependencies,
    opening: StreamOpenOptions,
  ): RegimeStream {
    const stream = new RegimeStream(record, detector, dependencies, {
      ...fresh,
      touchedAt: dependencies.clock.wall(),
    });
    stream.runner = DetectorRunner.start(record.name, detector, record.parameters);
    stream.queue.begin(() => stream.begin(opening)).catch(() => stream.end());
    return stream;
  }

  /** A stream that the journal holds; its past is read when it is fed. */
  static restore(
    record: StreamRecord,
    detector: Detector,
    dependencies: StreamDependencies,
    progress: StreamProgress,
  ): RegimeStream {
    return new RegimeStream(record, detector, dependencies, progress);
  }

  /** The time of the observation that caused the last change of regime since the gateway started. */
  get changedTs(): number | undefined {
    return this.commits.changedTs;
  }

  get name(): string {
    return this.record.name;
  }

  /** Calmest first. */
  get regimeNames(): readonly string[] {
    return this.events.regimes;
  }

  get parameters(): Parameters {
    return this.record.parameters;
  }

  /**
   * Bytes on disk of the stream and of the events of its topic, once it has taken more observations of d values each:
   * an estimate.
   */
  keptBytesAfter(observations: number, d: number): number {
    const { total, d: known } = this.commits.progress;
    const { namespace, name } = this.record;
    const events = this.dependencies.journal.eventCount({ namespace, topic: regimeTopic(name) });
    return (
      eventBytes * events + streamBytes(this.detector, this.parameters, total + observations, known || d)
    );
  }

  /** The number of its observations so far, and of the values in each. */
  get size(): Pick<StreamProgress, "total" | "d"> {
    return this.commits.progress;
  }

  /** True from the event `feed_silent` until `feed_resumed`. */
  get isSilent(): boolean {
    return this.silent;
  }

  /** Milliseconds without an observation. */
  get silentMs(): number {
    return this.silence.ms;
  }

  /**
   * Accepts a batch, whole or not at all, after the batches before it.
   * @throws HeadgateError failed_precondition, invalid_argument or unavailable: nothing of the batch is accepted then
   */
  observe(batch: Batch): Promise<BatchReceipt> {
    return this.queue.add(batch);
  }

  /** The state once every batch given so far was accepted or refused, and before any later one. */
  settled(): Promise<RegimeState> {
    return this.queue.look(() => {
      const progress =
        this.runner !== undefined && this.commits.current ? this.runner.progress() : this.commits.progress;
      return this.commits.newest.then(
        () => this.events.state(progress),
        () => this.state(),
      );
    });
  }

  /** The state after the last batch that was committed, or after its event that was just published. */
  state(): RegimeState {
    return this.commits.state();
  }

  /**
   * The regimes of the past as all observations together show them now; undefined where the detector cannot compute
   * that.
   */
  smoothed(): Promise<SmoothedProbabilities | undefined> {
    const begun = this.queue.run(async () => beginSmoothing(await this.ready(), this.dependencies));
    return begun.then((answer) => answer());
  }

  /** Ends the stream: batches given before may still bring events; nothing else remains of it. */
  end(): void {
    this.ended = true;
    this.silence.stop();
    this.refuseRest(
      new HeadgateError("not_found", `stream: ${this.name} was closed or replaced, the batch not taken`),
    );
  }

  /** Refuses batches that are computed for longer than a turn of the event loop, whose end nobody waits for. */
  refuseRest(reason: HeadgateError): void {
    this.endReason ??= reason;
  }

  private readonly requireWanted = (): void => {
    if (this.endReason === undefined) return;
    this.runner = undefined; // the runner has computed a part of a batch
    throw this.endReason;
  };

  private async begin({ replaces, history, before }: StreamOpenOptions): Promise<void> {
    const runner = this.runner as DetectorRunner;
    let recorder: ObservationRecorder | undefined;
    if (history !== undefined)
      await runner.take(
        history,
        this.dependencies,
        (d) => {
          recorder ??= runner.recorder(d);
          return recorder;
        },
        () => {},
        this.requireWanted,
      );
    const openingEvents = (await before?.()) ?? [];
    const progress = this.progress(runner);
    const { record } = this;
    const key = { namespace: record.namespace, topic: regimeTopic(record.name) };
    await this.dependencies.journal.commit(
      {
        closed: replaces,
        opened: record,
        progress: { id: record.id, progress, observed: recorder?.observations, keep: runner.memory },
        events: openingEvents.map((data) => ({ key, data })),
      },
      this.dependencies.publish,
    );
    this.commits.committedTo(progress);
  }

  /** Computes each batch whole or not at all, and commits those that were accepted together. */
  private async computeAll(queued: readonly QueuedBatch[], runner: DetectorRunner): Promise<void> {
    const transitions: RegimeTransition[] = [];
    const receipts: (() => void)[] = [];
    let recorder: ObservationRecorder | undefined;
    const record = (d: number) => {
      recorder ??= runner.recorder(d);
      return recorder;
    };
    await runner.prefetch(
      queued.map(({ batch }) => batch),
      this.dependencies,
    );
    for (const { batch, resolve, reject } of queued)
      try {
        const duplicates = await runner.take(
          batch,
          this.dependencies,
          record,
          (transition) => transitions.push(transition),
          this.requireWanted,
        );
        const accepted = batch.times.length - duplicates;
        const last_ts = runner.lastTs as number;
        receipts.push(() => resolve({ accepted, duplicates, last_ts }));
      } catch (error) {
        if (error === this.endReason) throw error; // the batches that would be committed with it are refused as well
        reject(error);
      }
    // A duplicate is acknowledged once the observation that it repeats is on disk.
    const committed =
      recorder === undefined ? this.commits.newest : this.keep(runner, recorder.observations, transitions);
    committed.then(
      () => {
        for (const resolve of receipts) resolve();
      },
      (error: unknown) => {
        for (const { reject } of queued) reject(error); // batches refused above keep their own reason
      },
    );
  }

  private keep(
    runner: DetectorRunner,
    observed: Observations,
    transitions: readonly RegimeTransition[],
  ): Promise<void> {
    const steps = [
      ...(this.silent ? [this.events.resumed(this.state(), observed, this.silence.ms)] : []),
      ...transitions.map((transition) => this.events.step(transition)),
    ];
    this.silence.touch();
    this.silent = false;
    return this.commit(runner, steps, observed);
  }

  private commit(
    runner: DetectorRunner,
    steps: readonly EventWithState[],
    observed?: Observations,
  ): Promise<void> {
    const part = { progress: this.progress(runner), observed, keep: runner.memory };
    return this.commits.add(steps, part, !this.ended);
  }

  /** The runner; it is read from the disk where there is none, or where it has computed what could not be kept. */
  private async ready(): Promise<DetectorRunner> {
    const { journal } = this.dependencies;
    if (this.runner !== undefined && this.commits.current) return this.runner;
    await this.commits.restart();
    const saved = journal.stream(this.record.id);
    if (saved === undefined) throw new HeadgateError("not_found", `stream: ${this.name} is not open`);
    const { progress } = saved;
    const { name, detector, parameters } = this;
    const past = journal.observations(this.record.id, detector.memory(parameters));
    this.runner = DetectorRunner.restore(name, detector, parameters, progress, past);
    this.silent = progress.silent;
    return this.runner;
  }

  private publishSilence(): void {
    const published = this.queue.run(async () => {
      const max = Number(this.parameters["max_silence_ms"]);
      if (this.silent || this.ended || this.silence.ms < max) return;
      const runner = await this.ready();
      this.silent = true;
      const progress = runner.progress();
      await this.commit(runner, [this.events.silent(progress, max)]);
    });
    published.catch(() => this.silence.rearm());
  }

  private progress(runner: DetectorRunner): StreamProgress {
    return {
      ...runner.progress(),
      touchedAt: this.dependencies.clock.wall() - this.silence.ms,
      silent: this.silent,
    };
  }
}
