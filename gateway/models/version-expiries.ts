/**
 * Tells once that a version has expired, in the log and to whoever listens. Requests do not depend on it: each is
 * refused by the clock itself.
 */
import type { Logger } from "pino";
import { servableKey } from "../../engines/servable.js";
import type { ModelExpired } from "../../protocol/promotion-frames.js";
import type { Catalog } from "../catalog/catalog.js";
import { isExpired } from "../catalog/expiry.js";
import type { Clock } from "../clock.js";

/** Milliseconds between two looks at the wall clock, which may be set at any time. */
const everyMs = 1_000;

export interface VersionExpiriesDependencies {
  readonly catalog: Pick<Catalog, "expiring">;
  readonly clock: Pick<Clock, "wall" | "after">;
  readonly log: Pick<Logger, "warn">;
  readonly expired: (event: ModelExpired) => void;
}

export interface RemainingTime {
  readonly name: string;
  readonly version: string;
  /** Below 0 once the version has expired. */
  readonly seconds: number;
}

export class VersionExpiries {
  /** The times of expiry that were told, by the keys of the versions that are in the catalog. */
  private told = new Map<string, number>();
  private disarm: () => void = () => {};

  constructor(private readonly dependencies: VersionExpiriesDependencies) {}

  /** Tells what has expired by now, and from now on what expires, until it is stopped. */
  start(): void {
    this.stop();
    this.look();
  }

  private look(): void {
    const { catalog, clock } = this.dependencies;
    const wallTs = clock.wall();
    const told = new Map<string, number>();
    let nextMs = everyMs;
    for (const { signature, expiresTs = Infinity } of catalog.expiring()) {
      const key = servableKey(signature);
      const before = this.told.get(key);
      if (before === expiresTs) told.set(key, expiresTs);
      else if (isExpired({ expiresTs }, wallTs)) {
        told.set(key, expiresTs);
        this.tell(signature.name, signature.version, expiresTs);
      } else nextMs = Math.min(nextMs, expiresTs - wallTs);
    }
    this.told = told;
    this.disarm = clock.after(Math.max(1, nextMs), () => this.look());
  }

  stop(): void {
    this.disarm();
  }

  *remaining(): Generator<RemainingTime> {
    const { catalog, clock } = this.dependencies;
    const wallTs = clock.wall();
    for (const { signature, expiresTs = Infinity } of catalog.expiring()) {
      const { name, version } = signature;
      yield { name, version, seconds: (expiresTs - wallTs) / 1_000 };
    }
  }

  private tell(model: string, version: string, expiresTs: number): void {
    const { log, expired } = this.dependencies;
    log.warn({ model, version, expired_at: new Date(expiresTs).toISOString() }, "a version has expired");
    expired({ kind: "model_expired", model, version, expires_ts: expiresTs });
  }
}
