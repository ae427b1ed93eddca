/**
 * The memory for models. The bytes that a version takes were measured when it was proven. Where there is not enough,
 * the version that was used least recently and has no requests is evicted.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type { Clock } from "../clock.js";
import { pause } from "../waiting/pause.js";

export interface ResidentModel {
  /** Bytes that it counts for while it is opened. */
  readonly bytes: number;
  /** Bytes of its files, for each instance. */
  readonly fileBytes: number;
  /** Whether it has requests. */
  readonly busy: () => boolean;
  /** Closes it; its next request opens it again. */
  readonly evict: () => void;
}

interface MemoryReservation extends Omit<ResidentModel, "bytes"> {
  bytes: number;
  usedAt: number;
  /** Whether it is not open yet. */
  pending: boolean;
}

/** Milliseconds between two looks for an idle version, and until waiting ends with an error. */
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

  /** Bytes of the files of all reserved versions. */
  get fileBytes(): number {
    return [...this.held.values()].reduce((sum, { fileBytes }) => sum + fileBytes, 0);
  }

  /**
   * Reserves memory for a version that is about to be opened, and waits for what is not free at once.
   * @throws HeadgateError unavailable; not retryable when the version would not fit alone
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

  /**
   * The version is open.
   * @param bytes that it counts for from now on: opening it may take more than holding it
   */
  settle(key: string, bytes: number): void {
    const held = this.held.get(key);
    if (held === undefined) return;
    this.used += bytes - held.bytes;
    held.bytes = bytes;
  }

  /** An open version takes more memory, where it is free. @returns whether it is */
  extend(key: string, bytes: number): boolean {
    const held = this.held.get(key);
    if (held === undefined || this.used + bytes > this.bytesMax) return false;
    this.used += bytes;
    held.bytes += bytes;
    return true;
  }

  /** It may be evicted from now on. */
  opened(key: string): void {
    const held = this.held.get(key);
    if (held !== undefined) held.pending = false;
    this.touch(key);
  }

  /** Marks it as used. */
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
