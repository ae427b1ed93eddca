/** Jobs, datasets and versions that do what a test says, around real retrainings. */
import type { Tensors } from "../../engines/engine.js";
import type { Servable } from "../../engines/servable.js";
import { anonymous } from "../../gateway/auth/principal.js";
import type { PromotionRequest } from "../../gateway/models/promotions.js";
import { Retrainings } from "../../gateway/schedules/retraining.js";
import type {
  RetrainingParts,
  ScheduledTraining,
  VersionRequest,
} from "../../gateway/schedules/retraining-parts.js";
import type { ScheduleRecord } from "../../gateway/schedules/schedule-record.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { PromotionRecord } from "../../protocol/promotion-frames.js";
import type { DatasetReference } from "../../protocol/reference.js";
import type { ScheduleSettings } from "../../protocol/schedule-frames.js";
import { fromWire, type Tensor, toWire, type WireTensors } from "../../protocol/tensor.js";
import type { JobState } from "../../protocol/train-frames.js";
import { scheduleRecord } from "../conformance/schedule-store.js";
import { FakeClock } from "../support/clock.js";
import { model } from "../support/servables.js";

export const fp64 = (data: readonly number[], shape: readonly number[] = [data.length]): Tensor => ({
  datatype: "FP64",
  shape,
  data: Float64Array.from(data),
});

export class RetrainingRig {
  readonly clock = new FakeClock();
  readonly submitted: ScheduledTraining[] = [];
  readonly states = new Map<string, JobState>();
  readonly results = new Map<string, Tensors>();
  /** The rows of X and of y, in FP64; the version counts the changes. */
  x: number[] = [];
  y: number[] = [];
  labels: readonly string[] | undefined;
  table = "a";
  labelTable = "labels-table";
  version = 1;
  missing = new Set<string>();
  /** Versions of the model `mine`, with their aliases and shares. */
  readonly versions = new Map<string, { readonly aliases: string[]; share: number }>();
  /** What the champion answers for rows of X. */
  answer: (x: number[]) => Tensor = (x) => fp64(x);
  readonly asked: VersionRequest[] = [];
  readonly promotions: (PromotionRequest & { readonly by: string })[] = [];
  servable: Servable = model({}, "mine");
  answers: readonly string[] = ["predictions"];
  readonly retrainings: Retrainings;

  constructor() {
    const parts: RetrainingParts = {
      train: async (training) => {
        this.submitted.push(training);
        this.states.set(training.job, { job: training.job, state: "running" } as JobState);
      },
      jobs: {
        state: (_, job) => this.states.get(job) ?? null,
        outputs: async (_, job) => this.results.get(job),
        cancel: async (_, job) => ({ ...(this.states.get(job) as JobState), state: "cancelled" }),
      },
      datasets: {
        newest: (_, name) =>
          this.missing.has(name)
            ? undefined
            : {
                version: `v${this.version}`,
                rows: name === "bars" ? this.x.length : (this.labels ?? this.y).length,
                table: name === "bars" ? this.table : this.labelTable,
              },
        resolve: (_, reference) => ({
          used: { ref: reference.ref, version: "", rows: [0, 0] },
          identity: [],
          copied: 0,
          read: () => toWire(this.rowsOf(reference)),
        }),
      },
      catalog: {
        versions: () =>
          new Map(
            [...this.versions.keys()].map((version) => [
              version,
              { servable: this.servable, state: { kind: "ready" } },
            ]),
          ),
        shares: () => new Map([...this.versions].map(([version, { share }]) => [version, share])),
        aliases: (_, version) => this.versions.get(version)?.aliases ?? [],
      },
      infer: async (request): Promise<WireTensors> => {
        this.asked.push(request);
        const X = fromWire(request.inputs["X"] as WireTensors[string]);
        const [output = "predictions"] = this.answers;
        return { [output]: toWire(this.answer(Array.from(X.data, Number))) };
      },
      promotions: {
        promote: async (request, { subject }): Promise<PromotionRecord> => {
          this.promotions.push({ ...request, by: subject });
          for (const { aliases } of this.versions.values()) aliases.splice(0);
          this.versions.get(request.version)?.aliases.push("champion");
          return {
            action: "promote",
            ts: 0,
            by: subject,
            reason: null,
            from: null,
            to: request.version,
            traffic: 1,
            alias: null,
            alias_from: null,
          };
        },
      },
      answersOf: () => this.answers,
      clock: this.clock,
    };
    this.retrainings = new Retrainings(parts);
  }

  /** So many rows, of which each is its number. */
  grow(count: number): void {
    for (let i = 0; i < count; i++) {
      this.x.push(this.x.length);
      this.y.push(this.y.length);
    }
    this.version++;
  }

  private rowsOf({ ref, rows = [0, 0], version }: DatasetReference): Tensor {
    if (version !== undefined && version !== `v${this.version}`)
      throw new HeadgateError("not_found", `the version ${version} is not kept`);
    if (ref === "bars") return fp64(this.x.slice(...rows), [rows[1] - rows[0], 1]);
    if (this.labels === undefined) return fp64(this.y.slice(...rows));
    return { datatype: "BYTES", shape: [rows[1] - rows[0]], data: this.labels.slice(...rows) };
  }

  record(change: Partial<ScheduleSettings> = {}, more: Partial<ScheduleRecord> = {}): ScheduleRecord {
    const base = scheduleRecord("default", "nightly");
    return {
      ...base,
      id: "abc",
      principal: { ...anonymous(1), scopes: ["training:run"], subject: "key:3f9a" },
      settings: {
        schedule: "nightly",
        model: "mine",
        trainer: "ridge",
        inputs: { X: { ref: "bars", columns: ["x"] }, y: { ref: "labels" } },
        trigger: { dataset: "bars", every_rows: 10 },
        validation: { rows: 10, score: "mae" },
        ...change,
      },
      retrains: 7,
      ...more,
    };
  }

  begin(record: ScheduleRecord): ScheduleRecord {
    return { ...record, retraining: this.retrainings.begin(record) };
  }

  /** The newest job ends. */
  end(state: "done" | "failed", change: Partial<JobState> = {}, outputs: Tensors = {}): void {
    const job = this.submitted.at(-1)?.job ?? "";
    this.states.set(job, { job, state, error: null, published: null, ...change } as JobState);
    this.results.set(job, outputs);
  }

  async advance(record: ScheduleRecord): Promise<ScheduleRecord> {
    return this.retrainings.advance(record);
  }

  /** Takes a retraining through its jobs, up to its decision. */
  async upToDecision(
    given: ScheduleRecord,
    version: string,
    predictions: Tensors = {},
    attributes: Tensors = {},
  ): Promise<ScheduleRecord> {
    let record = given;
    if (record.retraining?.stage === "evaluate") {
      record = await this.advance(record);
      this.end("done", {}, predictions);
      record = await this.advance(record);
    }
    record = await this.advance(record);
    this.versions.set(version, { aliases: [], share: this.versions.size === 0 ? 1 : 0 });
    this.end("done", { published: { model: "mine", version } }, attributes);
    return this.advance(await this.advance(record));
  }
}
