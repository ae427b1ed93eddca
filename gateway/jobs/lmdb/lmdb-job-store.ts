/**
 * Jobs on disk, in a file of their own. The inputs of a job are written before its record: a job whose record is there
 * is whole, and inputs without a record are removed when the file is opened. The socket thread reads the mapped file
 * itself; a thread writes.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Tensors } from "../../../engines/engine.js";
import { pack, type TableWrite, unpack } from "../../storage/lmdb/environment.js";
import type { TableFile } from "../../storage/lmdb/table-file.js";
import type { SerialQueue } from "../../waiting/serial.js";
import type { JobRecord } from "../job-record.js";
import { type JobChange, type JobHistory, type JobStore, noHistory } from "../job-store.js";
import { piecesOf, type StoredTensor, storedTensors, tensorsOf } from "./input-pieces.js";
import {
  type DetailName,
  detailsName,
  detailsRange,
  inputsName,
  inputsRange,
  type JobTableName,
  jobsName,
} from "./layout.js";

/** Jobs that one transaction removes. */
const removedAtOnce = 100;

export class LmdbJobStore implements JobStore {
  private closing: Promise<void> | undefined;

  constructor(
    private readonly file: TableFile<JobTableName>,
    /** The file takes one transaction at a time, whoever writes it. */
    private readonly writes: SerialQueue,
  ) {
    void this.removeOrphans();
  }

  records(): readonly JobRecord[] {
    const records = [...this.file.table(jobsName).getRange({})].map(({ value }) => unpack<JobRecord>(value));
    return records.sort((a, b) => a.sequence - b.sequence);
  }

  create(record: JobRecord, inputs: Tensors): Promise<void> {
    return this.writes.run(async () => {
      const { job } = record;
      try {
        await this.file.write([{ db: inputsName, key: [job, 0], value: pack(storedTensors(inputs)) }]);
        let i = 0;
        for (const value of piecesOf(inputs))
          await this.file.write([{ db: inputsName, key: [job, ++i], value }]);
        await this.file.write([{ db: jobsName, key: [job], value: pack(record) }]);
      } catch (error) {
        // What is left when this fails too is removed when the file is opened again.
        await this.file.write([{ db: inputsName, ...inputsRange(job) }]).catch(() => undefined);
        throw error;
      }
    });
  }

  write({ record, history, outputs, checkpoint, dropInputs }: JobChange): Promise<void> {
    const { job } = record;
    const put = (name: DetailName, value: Uint8Array): TableWrite => ({
      db: detailsName,
      key: [job, name],
      value,
    });
    const writes: TableWrite[] = [{ db: jobsName, key: [job], value: pack(record) }];
    if (history !== undefined) writes.push(put("history", pack(history)));
    if (outputs !== undefined) writes.push(put("outputs", pack(outputs)));
    if (checkpoint === null) writes.push({ db: detailsName, key: [job, "checkpoint"] });
    else if (checkpoint !== undefined) writes.push(put("checkpoint", checkpoint));
    if (dropInputs === true) writes.push({ db: inputsName, ...inputsRange(job) });
    return this.writes.run(() => this.file.write(writes));
  }

  remove(jobs: readonly string[]): Promise<void> {
    return this.writes.run(async () => {
      for (let at = 0; at < jobs.length; at += removedAtOnce)
        await this.file.write(
          jobs.slice(at, at + removedAtOnce).flatMap((job): TableWrite[] => [
            { db: jobsName, key: [job] },
            { db: inputsName, ...inputsRange(job) },
            { db: detailsName, ...detailsRange(job) },
          ]),
        );
    });
  }

  async inputs(job: string): Promise<Tensors> {
    const table = this.file.table(inputsName);
    const first = table.get([job, 0]);
    if (first === undefined) return {};
    let i = 0;
    return tensorsOf(unpack<readonly StoredTensor[]>(first), async () => {
      await nextTurn();
      const piece = table.get([job, ++i]);
      if (piece === undefined) throw new Error(`the inputs of the job ${job} lack their piece ${i}`);
      return piece;
    });
  }

  async checkpoint(job: string): Promise<Uint8Array | undefined> {
    return this.detail(job, "checkpoint");
  }

  async history(job: string): Promise<JobHistory> {
    const value = this.detail(job, "history");
    return value === undefined ? noHistory : unpack<JobHistory>(value);
  }

  async outputs(job: string): Promise<Tensors | undefined> {
    const value = this.detail(job, "outputs");
    return value && unpack<Tensors>(value);
  }

  close(): Promise<void> {
    this.closing ??= this.writes.run(() => this.file.close());
    return this.closing;
  }

  private detail(job: string, name: DetailName): Uint8Array | undefined {
    return this.file.table(detailsName).get([job, name]);
  }

  /** Removes the inputs of jobs that a kill interrupted before they were whole. */
  private async removeOrphans(): Promise<void> {
    const known = this.file.table(jobsName);
    const orphans = new Set<string>();
    for (const key of this.file.table(inputsName).getKeys({})) {
      const [job] = key as [string, number];
      if (known.get([job]) === undefined) orphans.add(job);
    }
    if (orphans.size > 0) await this.remove([...orphans]).catch(() => undefined);
  }
}
