/**
 * One stream. Batches are computed one after another and kept in the order they came; each is answered, and
 * its events told, once it is on disk. What could not be kept is forgotten: the stream goes on from the disk.
 */
import type { Detector } from "../../engines/detectors/detector.js";
import { undecided } from "../../engines/detectors/hysteresis.js";
import type { Parameters } from "../../engines/servable.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { EventData, RegimeState } from "../../protocol/frames.js";
import { fromWire } from "../../protocol/tensor.js";
import { regimeTopic } from "../../protocol/topics.js";
import type { Clock } from "../clock.js";
import type { LoggedEvent } from "../events/event-log.js";
import type { Batch } from "./batch.js";
import { BatchQueue, type BatchReceipt, type QueuedBatch } from "./batch-queue.js";
import { DetectorRunner, type RegimeTransition, type RunnerDependencies } from "./detector-runner.js";
import {
  type Journal,
  notKept,
  type Observations,
  type StreamProgress,
  type StreamRecord,
} from "./journal.js";
import type { ObservationRecorder } from "./observation-recorder.js";
import { type EventWithState, RegimeEventBuilder, type RegimeProgress } from "./regime-event-builder.js";
import { SilenceTimer } from "./silence-timer.js";

export interface StreamDependencies extends RunnerDependencies {
  readonly journal: Journal;
  readonly clock: Clock;
  /** Tells of an event that the log shows from now on. */
  readonly publish: (event: LoggedEvent) => void;
}

/** What happens beside a stream's own opening, in the same transaction. */
export interface StreamOpenOptions {
  /** The stream whose place it takes. */
  readonly replaces?: number | undefined;
  readonly history?: Batch | undefined;
  /** Settles once what this name stood for has landed, with what its subscribers are told of in the same transaction. */
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

export interface SmoothedProbabilities {
  /** [n, k], oldest first. */
  readonly probabilities: Float64Array;
  /** Observations of the stream so far, the last of these being the newest. */
  readonly total: number;
}

export class RegimeStream {
  private runner: DetectorRunner | undefined;
  /** The journal's failures that `watch` knows of. */
  private failures: number;
  private silent: boolean;
  private ended = false;
  /** Why what is not taken by now will not be: the stream or the gateway ends. */
  private endReason: HeadgateError | undefined;
  /** Batches are computed one after another. */
  private readonly queue = new BatchQueue(async (queued) => this.computeAll(queued, await this.ready()));
  /** And then land in that order. */
  private lastCommit: Promise<unknown> = Promise.resolve();
  private publishedState: RegimeState | undefined;
  /** What `told` is made of, when somebody asks. */
  private committedProgress: RegimeProgress;
  private readonly events: RegimeEventBuilder;
  private readonly silence: SilenceTimer;

  private constructor(
    readonly record: StreamRecord,
    readonly detector: Detector,
    private readonly dependencies: StreamDependencies,
    progress: StreamProgress,
  ) {
    const { journal, clock } = dependencies;
    this.events = new RegimeEventBuilder(record.name, detector, detector.regimes(record.parameters));
    this.failures = journal.failures;
    this.silent = progress.silent;
    this.committedProgress = progress;
    const maxMs = record.parameters["max_silence_ms"];
    const quietMs = Math.max(0, clock.wall() - progress.touchedAt);
    this.silence = new SilenceTimer(clock, quietMs, typeof maxMs === "number" ? maxMs : undefined, () =>
      this.publishSilence(),
    );
  }

  /** A new stream, which is there at once; `settled` tells whether it could be kept. */
  static open(
    record: StreamRecord,
    detector: Detector,
    duties: StreamDependencies,
    opening: StreamOpenOptions,
  ): RegimeStream {
    const stream = new RegimeStream(record, detector, duties, { ...fresh, touchedAt: duties.clock.wall() });
    stream.runner = DetectorRunner.start(record.name, detector, record.parameters);
    stream.queue.begin(() => stream.begin(opening)).catch(() => stream.end());
    return stream;
  }

  /** One that the journal has; its past is read when it is fed. */
  static restore(
    record: StreamRecord,
    detector: Detector,
    duties: StreamDependencies,
    progress: StreamProgress,
  ): RegimeStream {
    return new RegimeStream(record, detector, duties, progress);
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

  /** Milliseconds for which it was given nothing. */
  get silentMs(): number {
    return this.silence.ms;
  }

  /**
   * Takes a batch whole or not at all, after those before it.
   * @throws HeadgateError failed_precondition, invalid_argument or unavailable; nothing of the batch is taken then
   */
  observe(batch: Batch): Promise<BatchReceipt> {
    return this.queue.add(batch);
  }

  /** The state once every batch given so far was taken or refused, and none given later. */
  settled(): Promise<RegimeState> {
    return this.queue.look(() => {
      const stand =
        this.runner !== undefined && this.current ? this.runner.progress() : this.committedProgress;
      return this.lastCommit.then(
        () => this.events.state(stand),
        () => this.state(),
      );
    });
  }

  /** As of the last whole batch that was kept, or of an event of it that was just told. */
  state(): RegimeState {
    this.publishedState ??= this.events.state(this.committedProgress);
    return this.publishedState;
  }

  /** How the kept past looks from today; undefined where the detector cannot say. */
  smoothed(): Promise<SmoothedProbabilities | undefined> {
    const asked = this.queue.run(async () => {
      const watch = await this.ready();
      const work = watch.smoothing();
      const smoothing = work && (await this.dependencies.turns.all(work));
      if (smoothing === undefined) return undefined;
      return {
        output: smoothing.output,
        total: watch.progress().total,
        answer: this.dependencies.fit(smoothing),
      };
    });
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
    this.refuseRest(
      new HeadgateError("not_found", `stream: ${this.name} was closed or replaced, the batch not taken`),
    );
  }

  /** A batch that is under way for longer than a turn is refused: nobody waits for the end of it. */
  refuseRest(reason: HeadgateError): void {
    this.endReason ??= reason;
  }

  private readonly requireWanted = (): void => {
    if (this.endReason === undefined) return;
    this.runner = undefined; // it has taken a part of a batch
    throw this.endReason;
  };

  private async begin({ replaces, history, before }: StreamOpenOptions): Promise<void> {
    const watch = this.runner as DetectorRunner;
    let recorder: ObservationRecorder | undefined;
    if (history !== undefined)
      await watch.take(
        history,
        this.dependencies,
        (d) => {
          recorder ??= watch.recorder(d);
          return recorder;
        },
        () => {},
        this.requireWanted,
      );
    const told = (await before?.()) ?? [];
    const progress = this.progress(watch);
    const { record } = this;
    const key = { namespace: record.namespace, topic: regimeTopic(record.name) };
    await this.dependencies.journal.commit(
      {
        closed: replaces,
        opened: record,
        progress: { id: record.id, progress, observed: recorder?.observations, keep: watch.memory },
        events: told.map((data) => ({ key, data })),
      },
      this.dependencies.publish,
    );
    this.setProgress(progress);
  }

  /** Each batch for itself whole or not at all; those that were taken are kept together. */
  private async computeAll(queued: readonly QueuedBatch[], watch: DetectorRunner): Promise<void> {
    const turns: RegimeTransition[] = [];
    const taken: (() => void)[] = [];
    let recorder: ObservationRecorder | undefined;
    const record = (d: number) => {
      recorder ??= watch.recorder(d);
      return recorder;
    };
    await watch.foresee(
      queued.map(({ batch }) => batch),
      this.dependencies,
    );
    for (const { batch, resolve, reject } of queued)
      try {
        const duplicates = await watch.take(
          batch,
          this.dependencies,
          record,
          (turn) => turns.push(turn),
          this.requireWanted,
        );
        const accepted = batch.times.length - duplicates;
        const last_ts = watch.lastTs as number;
        taken.push(() => resolve({ accepted, duplicates, last_ts }));
      } catch (error) {
        if (error === this.endReason) throw error; // and with it all that would be kept together
        reject(error);
      }
    // A duplicate is acked once what it repeats is on disk.
    const landed = recorder === undefined ? this.lastCommit : this.keep(watch, recorder.observations, turns);
    landed.then(
      () => {
        for (const resolve of taken) resolve();
      },
      (error: unknown) => {
        for (const { reject } of queued) reject(error); // those refused above stay refused for their own reason
      },
    );
  }

  private keep(
    watch: DetectorRunner,
    observed: Observations,
    turns: readonly RegimeTransition[],
  ): Promise<void> {
    const steps = [...this.resumed(observed), ...turns.map((turn) => this.events.step(turn))];
    this.silence.touch();
    this.silent = false;
    return this.commit(watch, steps, observed);
  }

  private commit(
    watch: DetectorRunner,
    steps: readonly EventWithState[],
    observed?: Observations,
  ): Promise<void> {
    const { journal, publish } = this.dependencies;
    const { id, namespace, name } = this.record;
    const key = { namespace, topic: regimeTopic(name) };
    if (!this.current) throw notKept(new Error("what it follows was not kept"));
    const progress = this.progress(watch);
    const commit = journal.commit(
      {
        progress: this.ended ? undefined : { id, progress, observed, keep: watch.memory },
        events: steps.map(({ data }) => ({ key, data })),
      },
      (event, i) => {
        this.publishedState = steps[i]?.state ?? this.publishedState;
        publish(event);
      },
    );
    const landed = commit.then(() => this.setProgress(progress));
    landed.catch(() => undefined);
    this.lastCommit = landed;
    return landed;
  }

  /** Whether nothing failed since the watch was read: what it knows is on disk, or will be. */
  private get current(): boolean {
    return this.failures === this.dependencies.journal.failures;
  }

  /** The detector at work, read from the disk where there is none or it computed what could not be kept. */
  private async ready(): Promise<DetectorRunner> {
    const { journal } = this.dependencies;
    if (this.runner !== undefined && this.current) return this.runner;
    await this.lastCommit.catch(() => undefined);
    this.failures = journal.failures;
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
    const told = this.queue.run(async () => {
      const max = Number(this.parameters["max_silence_ms"]);
      if (this.silent || this.ended || this.silence.ms < max) return;
      const watch = await this.ready();
      this.silent = true;
      const progress = watch.progress();
      const data = {
        kind: "feed_silent",
        stream: this.name,
        last_ts: progress.lastTs,
        max_silence_ms: max,
      } as const;
      await this.commit(watch, [{ data, state: this.events.state(progress) }]);
    });
    told.catch(() => this.silence.rearm());
  }

  private resumed(observed: Observations): EventWithState[] {
    if (!this.silent) return [];
    const [observed_ts = 0] = observed.times;
    const data = {
      kind: "feed_resumed",
      stream: this.name,
      observed_ts,
      silent_ms: this.silence.ms,
    } as const;
    return [{ data, state: this.state() }];
  }

  private progress(watch: DetectorRunner): StreamProgress {
    return {
      ...watch.progress(),
      touchedAt: this.dependencies.clock.wall() - this.silence.ms,
      silent: this.silent,
    };
  }

  private setProgress(progress: RegimeProgress): void {
    this.committedProgress = progress;
    this.publishedState = undefined;
  }
}
