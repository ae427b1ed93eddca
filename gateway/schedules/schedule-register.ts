/** All schedules by namespace and name. Others' schedules are never found. */
import { HeadgateError } from "../../protocol/errors.js";
import { namespacedKey } from "../auth/namespaced-key.js";
import type { Schedule } from "./schedule.js";

export class ScheduleRegister {
  private readonly schedules = new Map<string, Schedule>();

  add(schedule: Schedule): void {
    this.schedules.set(keyOf(schedule), schedule);
  }

  /** Removes it unless another has taken its place. */
  remove(schedule: Schedule): void {
    if (this.schedules.get(keyOf(schedule)) === schedule) this.schedules.delete(keyOf(schedule));
  }

  get(namespace: string, name: string): Schedule | undefined {
    return this.schedules.get(namespacedKey(namespace, name));
  }

  /** @throws HeadgateError not_found */
  find(namespace: string, name: string): Schedule {
    const found = this.get(namespace, name);
    if (found !== undefined) return found;
    throw new HeadgateError("not_found", `schedule: there is no schedule ${name} (schedules lists them)`);
  }

  all(): readonly Schedule[] {
    return [...this.schedules.values()];
  }

  /** Those of a namespace in the order of their names. */
  of(namespace: string): readonly Schedule[] {
    return this.all()
      .filter(({ record }) => record.principal.namespace === namespace)
      .sort((a, b) => (a.record.settings.schedule < b.record.settings.schedule ? -1 : 1));
  }
}

function keyOf({ record: { principal, settings } }: Pick<Schedule, "record">): string {
  return namespacedKey(principal.namespace, settings.schedule);
}
