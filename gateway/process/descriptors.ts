/** Limits the number of connections by the number of file descriptors, because each connection needs one. */
import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import type { Config } from "../config/config.js";

/**
 * Descriptors kept free for the data folder, models, threads, webhooks and the log. About 60 are used, and a few more
 * for each engine worker.
 */
export const descriptorsReserved = 256;

/**
 * The value of `ulimit -n`; undefined where the system does not report it. Node has already raised it to the hard
 * limit.
 */
export function descriptorsMax(
  limits: () => string = () => readFileSync("/proc/self/limits", "utf8"),
): number | undefined {
  try {
    const found = /^Max open files\s+(\d+)/m.exec(limits());
    return found === null ? undefined : Number(found[1]);
  } catch {
    return undefined;
  }
}

export type SocketLimits = Pick<
  Config["limits"],
  "connections" | "unauthenticated_connections" | "http_connections"
>;

/**
 * The configured limits, reduced where there are too few file descriptors; the log then says how to raise their
 * number. In that case plain HTTP connections and WebSockets without an accepted token get at most a quarter each,
 * and the rest is for authenticated connections.
 */
export function withinDescriptors<L extends SocketLimits>(
  limits: L,
  descriptors: number | undefined,
  log: Pick<Logger, "warn">,
): L {
  const { connections, unauthenticated_connections, http_connections } = limits;
  const needed = connections + unauthenticated_connections + http_connections + descriptorsReserved;
  if (descriptors === undefined || needed <= descriptors) return limits;
  const room = Math.max(4, descriptors - descriptorsReserved);
  const unproved = (count: number) => Math.min(count, Math.floor(room / 4));
  const lowered = {
    unauthenticated_connections: unproved(unauthenticated_connections),
    http_connections: unproved(http_connections),
  };
  const others = lowered.unauthenticated_connections + lowered.http_connections;
  const possible = Math.min(connections, room - others);
  log.warn(
    { descriptors, needed, limits: { connections: possible, ...lowered } },
    `the process may open ${descriptors} files, and its limits of connections need ${needed}: ` +
      `${possible} connections are taken, more are refused with 503. Raise it (ulimit -n, LimitNOFILE=, ` +
      `--ulimit nofile=) or lower limits.connections`,
  );
  return { ...limits, ...lowered, connections: possible };
}
