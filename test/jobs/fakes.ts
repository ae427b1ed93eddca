/** A trainer, kept models and datasets that do what a test says, around real jobs. */
import type { Tensors } from "../../engines/engine.js";
import type {
  ExportedModel,
  FittedTraining,
  TrainerAvailability,
  TrainingEngine,
  TrainingListener,
  TrainingRun,
  TrainingWork,
} from "../../engines/training/trainer.js";
import type { Principal } from "../../gateway/auth/principal.js";
import { anonymous } from "../../gateway/auth/principal.js";
import type { EventChange, LoggedEvent } from "../../gateway/events/event-log.js";
import { MemoryEvents } from "../../gateway/events/memory-events.js";
import type { JobLimits } from "../../gateway/jobs/job-limits.js";
import type { JobRequest } from "../../gateway/jobs/job-request.js";
import type { JobStore } from "../../gateway/jobs/job-store.js";
import type { Jobs } from "../../gateway/jobs/jobs.js";
import { MemoryJobStore } from "../../gateway/jobs/memory-job-store.js";
import { openJobs } from "../../gateway/jobs/open-jobs.js";
import type {
  KeptModelRequest,
  OnnxPublication,
  PublicationRequest,
  TrainedModels,
} from "../../gateway/models/trained-models.js";
import { Settlement } from "../../gateway/waiting/settlement.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { EventData } from "../../protocol/frames.js";
import type { WireTensor } from "../../protocol/tensor.js";
import { FakeClock } from "../support/clock.js";

export const vector = (...values: number[]): Tensors[string] => ({
  datatype: "FP64",
  shape: [values.length],
  data: Float64Array.from(values),
});

export const fittedOutputs: Tensors = { coef: vector(1, 2), train_score: { ...vector(0.5), shape: [] } };

export const exportedModel: ExportedModel = {
  onnx: Uint8Array.of(8),
  inputs: [],
  outputs: [],
  golden: { inputs: {}, outputs: {} },
  tolerance: {},
  convertMs: 7,
};

/** A run that the test settles. */
export class FakeRun implements TrainingRun {
  readonly fit = new Settlement<FittedTraining>();
  readonly conversion = new Settlement<ExportedModel>();
  readonly fitted = this.fit.answer;
  readonly exported: Promise<ExportedModel> | undefined;
  cancelled = false;

  constructor(
    readonly work: TrainingWork,
    readonly listener: TrainingListener,
  ) {
    this.exported = work.export ? this.conversion.answer : undefined;
    this.conversion.answer.catch(() => undefined);
  }

  finishFit(outputs: Tensors = fittedOutputs, fitMs = 40): void {
    this.fit.resolve({ outputs, fitMs, libraries: { python: "3.11", "scikit-learn": "1.9.1" } });
  }

  finishExport(): void {
    this.conversion.resolve(exportedModel);
  }

  fail(error: HeadgateError): void {
    this.fit.reject(error);
    this.conversion.reject(error);
  }

  cancel(): void {
    this.cancelled = true;
    this.fail(new HeadgateError("cancelled", "the training was cancelled"));
  }

  get over(): boolean {
    return this.fit.settled && (this.exported === undefined || this.conversion.settled);
  }
}

export class FakeTrainer implements TrainingEngine {
  availability: TrainerAvailability = {
    kind: "ready",
    libraries: {},
    trainers: new Set(["ridge"]),
    cuda: false,
  };
  readonly runs: FakeRun[] = [];
  closed = false;

  constructor(readonly places: number) {}

  start(work: TrainingWork, listener: TrainingListener): TrainingRun {
    const run = new FakeRun(work, listener);
    this.runs.push(run);
    return run;
  }

  /** The newest run of a job. */
  runOf(job: string): FakeRun {
    const run = this.runs.findLast(({ work }) => work.job === job);
    if (run === undefined) throw new Error(`${job} was never started`);
    return run;
  }

  get running(): number {
    return this.runs.filter(({ over }) => !over).length;
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

export class FakeModels implements TrainedModels {
  readonly published: PublicationRequest[] = [];
  readonly opened: string[] = [];
  readonly failed = new Map<string, HeadgateError>();
  /** Settles the publications that wait; absent: they settle at once. */
  gate: Promise<void> | undefined;
  refusal: HeadgateError | undefined;
  private handles = 0;

  reserve({ handle = `handle-${++this.handles}` }: KeptModelRequest) {
    return {
      handle,
      open: async () => void this.opened.push(handle),
      fail: (error: HeadgateError) => void this.failed.set(handle, error),
    };
  }

  /** How often it was told that a model will come. */
  prepared = 0;
  prepare(): void {
    this.prepared++;
  }

  requirePublishable(): void {
    if (this.refusal !== undefined) throw this.refusal;
  }

  async publish(request: PublicationRequest) {
    await this.gate;
    this.published.push(request);
    return { model: request.publication.model, version: request.publication.version ?? "1" };
  }

  async publishedBy(model: string, job: string) {
    const found = this.published.find(
      ({ card, publication }) => card.job === job && publication.model === model,
    );
    return found && { model, version: found.publication.version ?? "1" };
  }

  /** The exported model that is kept. */
  bytes = Uint8Array.of(1, 2, 3);
  readonly uploaded: OnnxPublication[] = [];

  async part(_namespace: string, _handle: string, from: number, lengthMax: number) {
    const bytes = this.bytes.subarray(from, from + lengthMax);
    return { from, total: this.bytes.length, sha256: "00", bytes };
  }

  async upload(request: OnnxPublication) {
    await this.gate;
    this.uploaded.push(request);
    return { model: request.publication.model, version: request.publication.version ?? "1" };
  }
}

export const limits: JobLimits = {
  queuedMax: 100,
  tenantQueuedMax: 50,
  tenantRunningMax: 1,
  inputBytesMax: 1_000_000,
  keptMax: 1_000,
  ageMaxMs: 86_400_000,
  restartsMax: 3,
  resultBytesMax: 10_000,
  logLinesMax: 10,
  curvePointsMax: 8,
  checkpointBytesMax: 1_000,
};

export interface RigOptions {
  readonly places?: number;
  readonly limits?: Partial<JobLimits>;
  readonly store?: JobStore;
  readonly clock?: FakeClock;
  /** Of an earlier gateway, whose events are still there. */
  readonly log?: MemoryEvents;
  readonly models?: FakeModels;
}

/** Jobs of one gateway's life, and what is around them. */
export class JobsRig {
  readonly clock: FakeClock;
  readonly trainer: FakeTrainer;
  readonly models: FakeModels;
  readonly store: JobStore;
  readonly log: MemoryEvents;
  readonly jobs: Jobs;
  readonly events: LoggedEvent[] = [];
  readonly notWritten: unknown[] = [];
  readonly ended: (readonly [string, string, number | null])[] = [];
  readonly unexplained: unknown[] = [];
  private dead = false;
  /** Rows of datasets by `name@version`. */
  readonly datasets = new Map<string, WireTensor>();

  constructor(options: RigOptions = {}) {
    this.clock = options.clock ?? new FakeClock();
    this.trainer = new FakeTrainer(options.places ?? 1);
    this.models = options.models ?? new FakeModels();
    this.store = options.store ?? new MemoryJobStore();
    this.log = options.log ?? new MemoryEvents(this.clock, { countMax: 1_000, ageMaxMs: 86_400_000 });
    const commit = async (
      { events = [], forgotten = [] }: EventChange,
      listener?: (event: LoggedEvent, i: number) => void,
    ) => {
      for (const key of forgotten) this.log.forget(key);
      if (this.dead) return new Promise<void>(() => {});
      for (const [i, { key, data }] of events.entries())
        listener?.(this.log.append(key, data, this.clock.wall()), i);
    };
    this.jobs = openJobs({
      store: this.mortal(this.store),
      engine: this.trainer,
      models: this.models,
      rows: { resolve: (_namespace, { ref, version }, field) => this.rows(`${ref}@${version}`, field) },
      log: {
        commit,
        lastOffset: (key) => this.log.lastOffset(key),
        read: (...asked) => this.log.read(...asked),
      },
      publish: (event) => void this.events.push(event),
      clock: this.clock,
      limits: { ...limits, ...options.limits },
      accountOf: () => undefined,
      figures: {
        notWritten: (error) => void this.notWritten.push(error),
        ended: (...ended) => void this.ended.push(ended),
        failed: (error) => void this.unexplained.push(error),
      },
    });
    this.jobs.start();
  }

  /** The store as this gateway sees it: nothing that it writes after its death arrives. */
  private mortal(store: JobStore): JobStore {
    const alive = <T>(work: () => Promise<T>) => (this.dead ? new Promise<T>(() => {}) : work());
    return {
      records: () => store.records(),
      create: (...given) => alive(() => store.create(...given)),
      write: (change) => alive(() => store.write(change)),
      remove: (names) => alive(() => store.remove(names)),
      inputs: (job) => alive(() => store.inputs(job)),
      checkpoint: (job) => alive(() => store.checkpoint(job)),
      history: (job) => alive(() => store.history(job)),
      outputs: (job) => alive(() => store.outputs(job)),
      close: () => store.close(),
    };
  }

  /** From now on this gateway is dead: what it still does reaches neither the disk nor anybody. */
  silence(): void {
    this.dead = true;
  }

  /** The events of a job's topic, as pairs of state and stage for changes, and the kind for others. */
  told(job: string): string[] {
    return this.events
      .filter(({ topic }) => topic === `job.${job}`)
      .map(({ data }) => (data.kind === "job_changed" ? toldChange(data) : data.kind));
  }

  private rows(version: string, field: string) {
    const tensor = this.datasets.get(version);
    if (tensor === undefined) throw new HeadgateError("not_found", `${field}.version: ${version} is unknown`);
    const used = { ref: version, version, rows: [0, 1] as const };
    return { used, identity: [], copied: 0, read: () => tensor };
  }
}

function toldChange({ state, stage }: Extract<EventData, { kind: "job_changed" }>): string {
  return stage === null ? state : `${state} ${stage}`;
}

export function tenant(name: string, more: Partial<Principal> = {}): Principal {
  return { ...anonymous(1), tenant: name, namespace: name, ...more };
}

export function request(change: Partial<JobRequest> = {}): JobRequest {
  return {
    principal: tenant("desk"),
    account: undefined,
    trainer: "ridge",
    inputs: { X: vector(1, 2, 3), y: vector(1, 2, 3) },
    used: {},
    parameters: { alpha: 1 },
    background: false,
    timeoutMs: 60_000,
    priority: 2,
    data: { sha256: "00", rows: 3, columns: 1 },
    ...change,
  };
}
