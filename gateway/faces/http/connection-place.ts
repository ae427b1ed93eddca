/**
 * The place of a connection whose answer goes on for minutes, such as a stream of events: it counts in the tenant's
 * quota of connections, as a WebSocket does, and new connections do not replace it.
 */
import type { Socket } from "node:net";
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { Principal } from "../../auth/principal.js";
import type { QuotaLedger } from "../../quotas/quota-ledger.js";

/**
 * Keeps a connection's place while its answer goes on.
 * @returns what gives the place back
 * @throws HeadgateError resource_exhausted, retryable, when too many are kept, of all tenants or of this one
 */
export type ConnectionKeeper = (socket: Socket, tenant: string) => () => void;

export interface ConnectionDependencies {
  readonly quotas: Pick<QuotaLedger, "of">;
  readonly keep: ConnectionKeeper;
}

/**
 * @returns what gives the place back; it is called once, when the answer has ended
 * @throws HeadgateError resource_exhausted
 */
export function keepConnection(
  context: Context,
  { tenant }: Principal,
  { quotas, keep }: ConnectionDependencies,
): () => void {
  const account = quotas.of(tenant);
  account.requireRoomFor("connections", 1);
  const socket = (context.env as Partial<HttpBindings> | undefined)?.incoming?.socket;
  const release = socket === undefined ? () => {} : keep(socket, tenant);
  account.hold("connections", 1);
  return () => {
    account.release("connections", 1);
    release();
  };
}
