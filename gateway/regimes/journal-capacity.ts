/**
 * Whether the journal may grow. Work that makes it grow asks here before it is computed; work that makes it shrink
 * does not, so that a full journal can be emptied. What was under way when it became full is still kept.
 */
import { HeadgateError } from "../../protocol/errors.js";

export type CapacityLevel = "roomy" | "near" | "full";

/**
 * The shares of the bytes at which a level begins and below which it ends. They differ, so that a file at the edge
 * does not change its level again and again.
 */
const nearFrom = 0.8;
const nearUntil = 0.75;
const fullUntil = 0.95;

/** Milliseconds after which asking again may help: events are removed once a minute, streams when they are closed. */
const retryAfterMs = 5_000;

export class JournalCapacity {
  private level: CapacityLevel = "roomy";

  /**
   * @param bytesMax bytes that the journal may hold
   * @param usedBytes bytes that it holds
   * @param changed called with each new level
   */
  constructor(
    private readonly bytesMax: number,
    private readonly usedBytes: () => number,
    private readonly changed: (level: CapacityLevel, usedBytes: number) => void,
  ) {}

  /** @throws HeadgateError resource_exhausted when the journal is full */
  require(): void {
    if (this.look() !== "full") return;
    throw new HeadgateError(
      "resource_exhausted",
      `the gateway's journal is full (regimes.file_bytes_max, ${this.bytesMax} bytes); nothing was taken. Close streams that ` +
        "nobody needs, wait until old events leave, or have the gateway's operator raise it",
      { retryAfterMs },
    );
  }

  /** Why work that makes the journal grow is refused; undefined while it is not. */
  get trouble(): string | undefined {
    if (this.look() !== "full") return undefined;
    return `the journal is full: it holds ${this.usedBytes()} bytes of regimes.file_bytes_max, ${this.bytesMax}`;
  }

  private look(): CapacityLevel {
    const used = this.usedBytes();
    const level = levelOf(used / this.bytesMax, this.level);
    if (level === this.level) return level;
    this.level = level;
    this.changed(level, used);
    return level;
  }
}

function levelOf(share: number, before: CapacityLevel): CapacityLevel {
  if (share >= 1 || (before === "full" && share > fullUntil)) return "full";
  if (share >= nearFrom || (before !== "roomy" && share > nearUntil)) return "near";
  return "roomy";
}
