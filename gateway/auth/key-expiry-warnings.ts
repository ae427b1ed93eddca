/** Warns once a day about keys that are in use and expire soon. */
import type { Logger } from "pino";
import type { Clock } from "../clock.js";
import type { FileKey } from "./file-keys.js";
import type { KeyUses } from "./key-uses.js";

const dayMs = 86_400_000;
/** Keys that one line of the log names; `count` tells how many there are. */
const namedMax = 20;

export class KeyExpiryWarnings {
  private nextAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly days: number,
    private readonly clock: Pick<Clock, "now" | "wall">,
    private readonly log: Logger,
  ) {}

  /** Keys that were used in the last day, have not expired and will soon. */
  expiring(keys: Iterable<FileKey>, uses: Pick<KeyUses, "of">): FileKey[] {
    const now = this.clock.wall();
    return [...keys].filter(({ principal, record }) => {
      const leftMs = principal.expiresAt - now;
      if (leftMs <= 0 || leftMs > this.days * dayMs) return false;
      const lastUsedAt = uses.of(record.id)?.lastUsedAt;
      return lastUsedAt !== undefined && now - lastUsedAt <= dayMs;
    });
  }

  look(keys: Iterable<FileKey>, uses: Pick<KeyUses, "of">): void {
    if (this.days === 0 || this.clock.now() < this.nextAt) return;
    const found = this.expiring(keys, uses);
    if (found.length === 0) return;
    this.nextAt = this.clock.now() + dayMs;
    const named = found.slice(0, namedMax).map(({ record: { id, tenant, expires_at } }) => ({
      id,
      tenant,
      expires_at,
    }));
    this.log.warn(
      { keys: named, count: found.length },
      "keys in use expire soon: headgate keys rotate renews one",
    );
  }
}
