/**
 * Follows the keys file of a running gateway: looks at it every second and reads it when it changed. What cannot be
 * used changes nothing, so that a half-written file locks nobody out.
 */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { inTime } from "../../small-files/in-time.js";
import { SmallFileError } from "../../small-files/small-file-error.js";
import type { Clock } from "../clock.js";
import { type KeyRecord, keyRecordsIn } from "./key-records.js";
import { readKeysFile } from "./keys-file.js";

const everyMs = 1_000;
/**
 * Two writes within the file system's unit of time leave the same time of change. A file is therefore read again at each
 * look until it has looked the same for so long.
 */
const settledMs = 2_000;
/** Records that are checked without a pause: about a millisecond. */
const sliceLength = 64;

/** What became of a change of the file. */
export type KeysFileOutcome = "loaded" | "rejected" | "missing";

export interface KeysFileListener {
  loaded(records: readonly KeyRecord[]): void;
  /** The last good keys stay in force. */
  kept(outcome: Exclude<KeysFileOutcome, "loaded">, error: Error): void;
}

/** What the file looked like from outside, since when, and whether that look was long enough. */
interface FileAppearance {
  readonly stamp: string;
  readonly since: number;
  readonly isSettled: boolean;
}

export class KeysFileWatcher {
  private seen: FileAppearance | undefined;
  /** The hash of the content, or the message of the error, that was found last. */
  private found: string | undefined;
  private cancel: (() => void) | undefined;
  private looking: Promise<void> | undefined;
  private readonly stopping = new AbortController();

  constructor(
    readonly path: string,
    private readonly clock: Pick<Clock, "now" | "after">,
    private readonly listener: KeysFileListener,
  ) {}

  /** Looks once, and from then on every second. */
  async start(): Promise<void> {
    await this.look();
    this.next();
  }

  /** Settles when no look is under way. One that waits for the file system is given up. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.cancel?.();
    await this.looking;
  }

  private next(): void {
    if (this.stopping.signal.aborted) return;
    this.cancel = this.clock.after(everyMs, () => {
      this.looking = this.look().finally(() => this.next());
    });
  }

  private async look(): Promise<void> {
    const text = await this.changedText();
    if (text === undefined || !this.isNews(createHash("sha256").update(text).digest("hex"))) return;
    try {
      this.listener.loaded(await recordsInSlices(text));
    } catch (error) {
      this.listener.kept("rejected", errorOf(error));
    }
  }

  /** Undefined when the file is as it was, or cannot be read. */
  private async changedText(): Promise<string | undefined> {
    try {
      return (await this.mayHaveChanged()) ? await readKeysFile(this.path, this.stopping.signal) : undefined;
    } catch (error) {
      this.seen = undefined;
      if (!this.stopping.signal.aborted && this.isNews(errorOf(error).message))
        this.listener.kept(isMissing(error) ? "missing" : "rejected", errorOf(error));
      return undefined;
    }
  }

  private async mayHaveChanged(): Promise<boolean> {
    const stamp = await inTime(this.path, () => stampOf(this.path), this.stopping.signal);
    const now = this.clock.now();
    if (this.seen?.stamp !== stamp) this.seen = { stamp, since: now, isSettled: false };
    else if (this.seen.isSettled) return false;
    this.seen = { ...this.seen, isSettled: now - this.seen.since >= settledMs };
    return true;
  }

  /** Whether this was not the last thing found: each is told once. */
  private isNews(found: string): boolean {
    const isNews = found !== this.found;
    this.found = found;
    return isNews;
  }
}

/** Reads the records in slices, between which the thread serves its clients. */
export async function recordsInSlices(text: string): Promise<KeyRecord[]> {
  const records: KeyRecord[] = [];
  for (const record of keyRecordsIn(text)) {
    records.push(record);
    if (records.length % sliceLength === 0) await setImmediate();
  }
  return records;
}

async function stampOf(path: string): Promise<string> {
  const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [ino, size, mtimeNs, ctimeNs].join(" ");
}

function isMissing(error: unknown): boolean {
  if (error instanceof SmallFileError) return error.fault === "missing";
  return errorOf(error).code === "ENOENT";
}

function errorOf(error: unknown): NodeJS.ErrnoException {
  return error instanceof Error ? error : new Error(String(error));
}
