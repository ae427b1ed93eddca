/**
 * Whether a schedule is due. It depends on what is there now and on what was there when it last fell due, and on no
 * event: whatever comes while the gateway is away, or while a retraining runs, makes it due once. Pure.
 */
import type { RetrainTrigger } from "../../protocol/schedule-frames.js";
import type { Mark } from "./schedule-record.js";
import { nextTime } from "./times.js";

/** What a trigger's source has now; undefined where it is not there. */
export interface TriggerSources {
  readonly rows: (dataset: string) => { readonly table: string; readonly rows: number } | undefined;
  /** The stream's number tells it from an earlier stream of its name. */
  readonly observations: (
    stream: string,
  ) => { readonly stream: number; readonly observations: number } | undefined;
  /** Milliseconds since the epoch. */
  readonly wall: number;
}

/** The mark of a schedule that has just fallen due, or was just put; undefined where its source is not there. */
export function markNow(
  trigger: RetrainTrigger,
  createdTs: number,
  sources: TriggerSources,
): Mark | undefined {
  if ("dataset" in trigger) {
    const found = sources.rows(trigger.dataset);
    return found && { kind: "rows", ...found };
  }
  if ("stream" in trigger) {
    const found = sources.observations(trigger.stream);
    return found && { kind: "observations", ...found };
  }
  return { kind: "time", next: nextTime(trigger, createdTs, sources.wall) };
}

/**
 * Rows or observations since the mark. A dataset that was put anew, and a stream that was opened anew, count from their
 * first. Null for a schedule of times, and where the source is not there.
 */
export function countedSince(trigger: RetrainTrigger, mark: Mark, sources: TriggerSources): number | null {
  if ("dataset" in trigger && mark.kind === "rows") {
    const found = sources.rows(trigger.dataset);
    if (found === undefined) return null;
    return found.table === mark.table ? Math.max(0, found.rows - mark.rows) : found.rows;
  }
  if ("stream" in trigger && mark.kind === "observations") {
    const found = sources.observations(trigger.stream);
    if (found === undefined) return null;
    return found.stream === mark.stream
      ? Math.max(0, found.observations - mark.observations)
      : found.observations;
  }
  return null;
}

export function isDue(trigger: RetrainTrigger, mark: Mark, sources: TriggerSources): boolean {
  if (mark.kind === "time") return sources.wall >= mark.next;
  const counted = countedSince(trigger, mark, sources);
  if (counted === null) return false;
  return counted >= ("every_rows" in trigger ? trigger.every_rows : needed(trigger));
}

function needed(trigger: RetrainTrigger): number {
  return "every_observations" in trigger ? trigger.every_observations : Infinity;
}
