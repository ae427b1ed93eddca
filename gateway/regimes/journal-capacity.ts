/**
 * Whether the journal may grow. What grows it is asked for here before it is computed; what shrinks it is not, so that
 * a full one empties. What is under way when it fills is still kept.
 */
import { HeadgateError } from "../../protocol/errors.js";

export type CapacityLevel = "roomy" | "near" | "full";

/** Shares of what it may hold at which a level begins, and below which it is over: a file at its edge is not both in turns. */
const nearFrom = 0.8;
const nearUntil = 0.75;
const fullUntil = 0.95;

/** Milliseconds after which it is worth asking again: events leave once a minute, streams when they are closed. */
const retryAfterMs = 5_000;

export class JournalCapacity {
  private level: CapacityLevel = "roomy";

  /**
   * @param bytesMax what it may hold
   * @param usedBytes what it holds
   * @param changed hears of a level that is another than before
   */
  constructor(
    private readonly bytesMax: number,
    private readonly usedBytes: () => number,
    private readonly changed: (level: CapacityLevel, usedBytes: number) => void,
  ) {}

  /** @throws HeadgateError resource_exhausted when it is full */
  require(): void {
    if (this.look() !== "full") return;
    throw new HeadgateError(
      "resource_exhausted",
      `the gateway's journal is full (regimes.file_bytes_max, ${this.bytesMax} bytes); nothing was taken. Close streams that ` +
        "nobody needs, wait until old events leave, or have the gateway's operator raise it",
      { retryAfterMs },
    );
  }

  /** Why nothing that grows it is taken; undefined while it is. */
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
