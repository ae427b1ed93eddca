/** How many connections the process can hold: each takes a file descriptor, and the system allows so many. */
import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import type { Config } from "./config.js";

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

/** `limits.connections`, or as many as there are descriptors for; then the log says what to do. */
export function connectionsMax(
  { connections, unauthenticated_connections, http_connections }: Config["limits"],
  descriptors: number | undefined,
  log: Pick<Logger, "warn">,
): number {
  const others = unauthenticated_connections + http_connections + descriptorsReserved;
  if (descriptors === undefined || connections + others <= descriptors) return connections;
  const possible = Math.max(1, descriptors - others);
  log.warn(
    { "limits.connections": connections, descriptors, connections_max: possible },
    `the process may open ${descriptors} files, and limits.connections needs ${connections + others}: ` +
      `${possible} connections are taken, more are refused with 503. Raise it (ulimit -n, LimitNOFILE=, ` +
      `--ulimit nofile=) or lower limits.connections`,
  );
  return possible;
}
