/**
 * Memory for models. What a version takes is estimated from the size of its files; when there is not
 * enough, the version that was used least recently and has nothing to do makes room.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type { Clock } from "../clock.js";

export interface Resident {
  /** Bytes it is counted with. */
  readonly bytes: number;
  /** It has requests. */
  readonly busy: () => boolean;
  /** Closes it; it is opened again when it is asked. */
  readonly evict: () => void;
}

interface Held extends Resident {
  usedAt: number;
  /** Not open yet. */
  pending: boolean;
}

/** Milliseconds between two looks for something idle, and until it is given up. */
const lookMs = 20;
const waitMsMax = 30_000;

/** 80 MB of FP32 weights took 145 MB: they are held, and packed once more for the products that use them. */
const fileFactor = 2;
/** A forest of 0.2 MB took 3.5 MB. */
const sessionBytes = 3 * 1024 * 1024;

/** @param fileBytes of a version's files */
export function memoryOf(fileBytes: number, instances: number): number {
  return (fileFactor * fileBytes + sessionBytes) * instances;
}

export class MemoryBudget {
  private readonly held = new Map<string, Held>();
  private used = 0;

  /** @param bytesMax `engine.model_memory_bytes` */
  constructor(
    private readonly clock: Clock,
    private readonly bytesMax: number,
    private readonly evicted: (key: string) => void,
  ) {}

  get bytes(): number {
    return this.used;
  }

  /**
   * Sets memory aside for a version that is about to be opened; what it cannot have at once it waits for.
   * @throws HeadgateError unavailable, not retryable when it would not fit alone
   */
  async reserve(key: string, resident: Resident): Promise<void> {
    const { bytes } = resident;
    if (bytes > this.bytesMax)
      throw this.refusal(`${key} needs about ${bytes} bytes; raise engine.model_memory_bytes`, false);
    const until = this.clock.now() + waitMsMax;
    while (this.used + bytes > this.bytesMax) {
      if (this.evictOne()) continue;
      if (this.clock.now() >= until)
        throw this.refusal(`${key} needs about ${bytes} bytes, and all that is open has requests`, true);
      await new Promise<void>((resolve) => this.clock.after(lookMs, resolve));
    }
    this.used += bytes;
    this.held.set(key, { ...resident, usedAt: this.clock.now(), pending: true });
  }

  /** It is open, and may be evicted from now on. */
  opened(key: string): void {
    const held = this.held.get(key);
    if (held !== undefined) held.pending = false;
    this.touch(key);
  }

  /** It was used. */
  touch(key: string): void {
    const held = this.held.get(key);
    if (held !== undefined) held.usedAt = this.clock.now();
  }

  release(key: string): void {
    const held = this.held.get(key);
    if (held === undefined) return;
    this.held.delete(key);
    this.used -= held.bytes;
  }

  private evictOne(): boolean {
    let oldest: [string, Held] | undefined;
    for (const [key, held] of this.held)
      if (!held.pending && (oldest === undefined || held.usedAt < oldest[1].usedAt) && !held.busy())
        oldest = [key, held];
    if (oldest === undefined) return false;
    const [key, { evict }] = oldest;
    this.release(key);
    evict();
    this.evicted(key);
    return true;
  }

  private refusal(message: string, retryable: boolean): HeadgateError {
    const bound = `${this.bytesMax} bytes may be used for models and ${this.used} are`;
    return new HeadgateError("unavailable", `${message}: ${bound}`, { retryable, processed: "no" });
  }
}
