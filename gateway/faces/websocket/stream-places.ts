/**
 * The places of connections that are kept for streams: answers that go on for as long as their clients wish, such as
 * server-sent events. No tenant takes all of them: the streams of one would keep out those of all others. A connection
 * has one place, whatever the number of its streams, and it counts for the tenant whose stream came first. Pure.
 */
import { HeadgateError } from "../../../protocol/errors.js";
import { isFairShare } from "../../quotas/fair-share.js";

export class StreamPlaces<S> {
  private readonly tenantOf = new Map<S, string>();
  private readonly heldBy = new Map<string, number>();

  constructor(private readonly countMax: number) {}

  /**
   * Gives a connection a place, if it has none yet. The first of a tenant may be the last one that is free.
   * @throws HeadgateError resource_exhausted, retryable, when all places, or the tenant's share of them, are taken
   */
  take(member: S, tenant: string): void {
    if (this.tenantOf.has(member)) return;
    const free = this.countMax - this.tenantOf.size - 1;
    if (free < 0)
      throw full(
        "answers that go on, such as event streams, have half of limits.http_connections already: come back later, or subscribe over the WebSocket",
      );
    const held = this.heldBy.get(tenant) ?? 0;
    if (held > 0 && !isFairShare(held + 1, free))
      throw full(
        `answers that go on, such as event streams, keep ${held} connections of this tenant already, its share of the ${this.countMax} that are half of limits.http_connections: end some of them, follow all streams on one connection with the topic regime.*, or subscribe over the WebSocket`,
      );
    this.tenantOf.set(member, tenant);
    this.heldBy.set(tenant, held + 1);
  }

  /** Gives a connection's place back; one that has none is left as it is. */
  leave(member: S): void {
    const tenant = this.tenantOf.get(member);
    if (tenant === undefined) return;
    this.tenantOf.delete(member);
    const held = (this.heldBy.get(tenant) ?? 0) - 1;
    if (held > 0) this.heldBy.set(tenant, held);
    else this.heldBy.delete(tenant);
  }
}

function full(problem: string): HeadgateError {
  return new HeadgateError("resource_exhausted", problem, { retryAfterMs: 5_000 });
}
