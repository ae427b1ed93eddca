/**
 * How often each key of the keys file was used, and when last. The figures are counted in memory and written to a file
 * of the data folder every few seconds: no request waits for a disk.
 */
import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { readSmallFile } from "../../small-files/read-small-file.js";
import type { Clock } from "../clock.js";
import { keyRecordsMax } from "./key-records.js";
import { replaceFile } from "./replace-file.js";

export const keyUseFile = "key-use.json";
const everyMs = 10_000;
/** At the most keys that a keys file holds the figures have about 2 MB. */
const usesBytesMax = 16 * 1024 ** 2;
/** Keys whose figures are written out without a pause: about a millisecond. */
const sliceLength = 1_000;

const usesSchema = z.object({
  format: z.literal(1),
  keys: z.record(z.string(), z.object({ uses: z.int().min(0), last_used_at: z.iso.datetime() })),
});

export interface KeyUse {
  /** Connections opened, tokens renewed and HTTP requests accepted with the key. */
  uses: number;
  /** Milliseconds since the epoch. */
  lastUsedAt: number;
}

/** @returns the figures by the keys' ids; none when there is no such file or it cannot be used */
export async function readKeyUses(path: string): Promise<Map<string, KeyUse>> {
  const text = await readSmallFile(path, usesBytesMax).then(String, () => "{}");
  const parsed = usesSchema.safeParse(json(text));
  return new Map(
    Object.entries(parsed.data?.keys ?? {}).map(([id, { uses, last_used_at }]) => [
      id,
      { uses, lastUsedAt: Date.parse(last_used_at) },
    ]),
  );
}

export class KeyUses {
  private isDirty = false;
  private writing: Promise<void> = Promise.resolve();
  private cancel: (() => void) | undefined;

  private figures = new Map<string, KeyUse>();

  constructor(
    private readonly path: string,
    private readonly clock: Pick<Clock, "wall" | "after">,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** Takes up the figures that the gateway before left. */
  async read(): Promise<void> {
    this.figures = await readKeyUses(this.path);
  }

  of(id: string): KeyUse | undefined {
    return this.figures.get(id);
  }

  /** A token of this key was accepted. */
  used(id: string): void {
    const figure = this.seen(id);
    if (figure !== undefined) figure.uses++;
  }

  /** The key is in use now, by an open connection for example. */
  seen(id: string): KeyUse | undefined {
    const now = this.clock.wall();
    const known = this.figures.get(id);
    if (known === undefined && this.figures.size >= keyRecordsMax) return undefined;
    const figure = known ?? { uses: 0, lastUsedAt: now };
    figure.lastUsedAt = Math.max(figure.lastUsedAt, now);
    this.figures.set(id, figure);
    this.isDirty = true;
    return figure;
  }

  /** Forgets keys that the file no longer has. */
  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of this.figures.keys()) if (!ids.has(id)) this.isDirty = this.figures.delete(id);
  }

  /** @param before is called before each writing, to report the keys that are in use */
  start(before: () => void): void {
    this.cancel = this.clock.after(everyMs, () => {
      before();
      this.writing = this.write().finally(() => {
        if (this.cancel !== undefined) this.start(before);
      });
    });
  }

  /** Writes the last figures. */
  async stop(): Promise<void> {
    this.cancel?.();
    this.cancel = undefined;
    await this.writing;
    await this.write();
  }

  private async write(): Promise<void> {
    if (!this.isDirty) return;
    this.isDirty = false;
    try {
      await replaceFile(this.path, await this.text());
    } catch (error) {
      this.isDirty = true;
      this.failed(error);
    }
  }

  /** The file's text, made in slices between which the thread serves: 20,000 keys take 20 ms. */
  private async text(): Promise<string> {
    const entries: string[] = [];
    for (const [id, { uses, lastUsedAt }] of this.figures) {
      const figure = { uses, last_used_at: new Date(lastUsedAt).toISOString() };
      entries.push(`${JSON.stringify(id)}:${JSON.stringify(figure)}`);
      if (entries.length % sliceLength === 0) await setImmediate();
    }
    return `{"format":1,"keys":{${entries.join(",")}}}\n`;
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
