/** The port of what keeps schedules. A record is replaced as a whole. */
import type { ScheduleRecord } from "./schedule-record.js";

export interface ScheduleStore {
  /** The records of all namespaces. */
  records(): readonly ScheduleRecord[];
  /**
   * Settles once the record is on disk in place of the one with its namespace and name. Records are written in the order
   * of the calls.
   * @throws Error: the earlier record is there
   */
  put(record: ScheduleRecord): Promise<void>;
  /** @throws Error: the record is there still */
  remove(namespace: string, schedule: string): Promise<void>;
}
