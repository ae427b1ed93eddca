/**
 * Memory for models. What a version takes was measured when it was proven; when there is not enough, the version
 * that was used least recently and has nothing to do makes room.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type { Clock } from "../clock.js";
import { pause } from "../waiting/pause.js";

export interface ResidentModel {
  /** Bytes it is counted with while it is opened. */
  readonly bytes: number;
  /** Of its files, for each instance. */
  readonly fileBytes: number;
  /** It has requests. */
  readonly busy: () => boolean;
  /** Closes it; it is opened again when it is asked. */
  readonly evict: () => void;
}

interface MemoryReservation extends Omit<ResidentModel, "bytes"> {
  bytes: number;
  usedAt: number;
  /** Not open yet. */
  pending: boolean;
}

/** Milliseconds between two looks for something idle, and until it is given up. */
const lookMs = 20;
const waitMsMax = 30_000;

export class MemoryBudget {
  private readonly held = new Map<string, MemoryReservation>();
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

  /** Of the files of all that is held. */
  get fileBytes(): number {
    return [...this.held.values()].reduce((sum, { fileBytes }) => sum + fileBytes, 0);
  }

  /**
   * Sets memory aside for a version that is about to be opened; what it cannot have at once it waits for.
   * @throws HeadgateError unavailable, not retryable when it would not fit alone
   */
  async reserve(key: string, resident: ResidentModel): Promise<void> {
    const { bytes } = resident;
    if (bytes > this.bytesMax)
      throw this.refusal(`${key} needs about ${bytes} bytes; raise engine.model_memory_bytes`, false);
    const until = this.clock.now() + waitMsMax;
    while (this.used + bytes > this.bytesMax) {
      if (this.evictOne()) continue;
      if (this.clock.now() >= until)
        throw this.refusal(`${key} needs about ${bytes} bytes, and all that is open has requests`, true);
      await pause(lookMs, this.clock);
    }
    this.used += bytes;
    this.held.set(key, { ...resident, usedAt: this.clock.now(), pending: true });
  }

  /** It is open. @param bytes it is counted with from now on: opening it may take more than holding it */
  settle(key: string, bytes: number): void {
    const held = this.held.get(key);
    if (held === undefined) return;
    this.used += bytes - held.bytes;
    held.bytes = bytes;
  }

  /** It may be evicted from now on. */
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
    let oldest: [string, MemoryReservation] | undefined;
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
