/** Schedules on disk, in the file of jobs: a schedule's record and its jobs are lost together or not at all. */
import { type JobTableName, schedulesName } from "../../jobs/lmdb/layout.js";
import { pack, unpack } from "../../storage/lmdb/environment.js";
import type { TableFile } from "../../storage/lmdb/table-file.js";
import type { SerialQueue } from "../../waiting/serial.js";
import type { ScheduleRecord } from "../schedule-record.js";
import type { ScheduleStore } from "../schedule-store.js";

export class LmdbScheduleStore implements ScheduleStore {
  constructor(
    private readonly file: TableFile<JobTableName>,
    /** The file takes one transaction at a time, whoever writes it. */
    private readonly writes: SerialQueue,
  ) {}

  records(): readonly ScheduleRecord[] {
    return [...this.file.table(schedulesName).getRange({})].map(({ value }) => unpack<ScheduleRecord>(value));
  }

  put(record: ScheduleRecord): Promise<void> {
    const key = [record.principal.namespace, record.settings.schedule];
    return this.writes.run(() => this.file.write([{ db: schedulesName, key, value: pack(record) }]));
  }

  remove(namespace: string, schedule: string): Promise<void> {
    return this.writes.run(() => this.file.write([{ db: schedulesName, key: [namespace, schedule] }]));
  }
}
