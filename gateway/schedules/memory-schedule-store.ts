/** Schedules in memory, for tests: they end with the process. */
import { namespacedKey } from "../auth/namespaced-key.js";
import type { ScheduleRecord } from "./schedule-record.js";
import type { ScheduleStore } from "./schedule-store.js";

export class MemoryScheduleStore implements ScheduleStore {
  private readonly kept = new Map<string, ScheduleRecord>();

  records(): readonly ScheduleRecord[] {
    return [...this.kept.values()];
  }

  async put(record: ScheduleRecord): Promise<void> {
    this.kept.set(namespacedKey(record.principal.namespace, record.settings.schedule), record);
  }

  async remove(namespace: string, schedule: string): Promise<void> {
    this.kept.delete(namespacedKey(namespace, schedule));
  }
}
