/** Jobs in memory, for tests: they end with the process. */
import type { Tensors } from "../../engines/engine.js";
import type { JobRecord } from "./job-record.js";
import { type JobChange, type JobHistory, type JobStore, noHistory } from "./job-store.js";

interface StoredJob {
  record: JobRecord;
  inputs: Tensors;
  history: JobHistory;
  outputs: Tensors | undefined;
  checkpoint: Uint8Array | undefined;
}

export class MemoryJobStore implements JobStore {
  private readonly jobs = new Map<string, StoredJob>();

  records(): readonly JobRecord[] {
    return [...this.jobs.values()].map(({ record }) => record).sort((a, b) => a.sequence - b.sequence);
  }

  async create(record: JobRecord, inputs: Tensors): Promise<void> {
    this.jobs.set(record.job, newJob(record, inputs));
  }

  async write({ record, history, outputs, checkpoint, dropInputs }: JobChange): Promise<void> {
    const stored = this.jobs.get(record.job) ?? newJob(record, {});
    this.jobs.set(record.job, stored);
    stored.record = record;
    stored.history = history ?? stored.history;
    stored.outputs = outputs ?? stored.outputs;
    if (checkpoint !== undefined) stored.checkpoint = checkpoint ?? undefined;
    if (dropInputs === true) stored.inputs = {};
  }

  async remove(jobs: readonly string[]): Promise<void> {
    for (const job of jobs) this.jobs.delete(job);
  }

  async inputs(job: string): Promise<Tensors> {
    return this.of(job).inputs;
  }

  async checkpoint(job: string): Promise<Uint8Array | undefined> {
    return this.of(job).checkpoint;
  }

  async history(job: string): Promise<JobHistory> {
    return this.of(job).history;
  }

  async outputs(job: string): Promise<Tensors | undefined> {
    return this.of(job).outputs;
  }

  async close(): Promise<void> {}

  private of(job: string): StoredJob {
    const stored = this.jobs.get(job);
    if (stored === undefined) throw new Error(`no job ${job} is stored`);
    return stored;
  }
}

function newJob(record: JobRecord, inputs: Tensors): StoredJob {
  return { record, inputs, history: noHistory, outputs: undefined, checkpoint: undefined };
}
