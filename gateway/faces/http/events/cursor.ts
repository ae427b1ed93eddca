/** The cursor of a stream of server-sent events, as their `id` and as `Last-Event-ID`: `<epoch>:<offset or position>`. */
import { invalidArgument } from "../../../../protocol/errors.js";
import { shown } from "../../../../protocol/fields.js";
import type { EventFrame, Since, SnapshotFrame } from "../../../../protocol/frames.js";
import { isPattern } from "../../../../protocol/topics.js";

export function readCursor(text: string, topic: string): Since {
  const found = /^([^\s:]{1,128}):(\d{1,16})$/.exec(text);
  const count = Number(found?.[2]);
  if (found === null || !Number.isSafeInteger(count))
    throw invalidArgument("Last-Event-ID", `must be an id that this stream sent, got ${shown(text)}`);
  const epoch = found[1] as string;
  return isPattern(topic) ? { epoch, position: count } : { epoch, offset: count };
}

/**
 * Where a reader stands after each frame. Of a pattern that is the log's position, and only once the topics' replays
 * are done: they come one topic after another, so that an earlier position would skip events of those still to come.
 */
export class CursorTracker {
  private caughtUp: boolean;
  private readonly ofPattern: boolean;

  /** @param snapshots the number of topics that a pattern begins with */
  constructor(topic: string, snapshots: number | undefined) {
    this.ofPattern = isPattern(topic);
    this.caughtUp = snapshots === 0;
  }

  /** The cursor after the frame; undefined where the reader keeps its earlier one. */
  after(frame: EventFrame | SnapshotFrame): string | undefined {
    if (!this.ofPattern) return `${frame.epoch}:${frame.offset}`;
    if (frame.type === "snapshot" && frame.to_come === 0) this.caughtUp = true;
    return this.caughtUp ? `${frame.epoch}:${frame.position}` : undefined;
  }
}
