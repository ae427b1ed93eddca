/** How many connections the process can hold: each takes a file descriptor, and the system allows so many. */
import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import type { Config } from "../config/config.js";

/** For the data folder, models, threads, webhooks and the log: 60 are usual, each engine worker has some. */
export const descriptorsReserved = 256;

/** `ulimit -n`; undefined where the system does not tell it. Node has raised it to the hard limit already. */
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
 * The limits, or as much of them as there are descriptors for; then the log says what to do. Of few descriptors those
 * who have proved nothing get a quarter each at most, and the rest is for connections.
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
