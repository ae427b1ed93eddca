/** The gateway's HTTP server over routes of the test's own, on a real socket. */
import type { Hono } from "hono";
import { pino } from "pino";
import { onTestFinished } from "vitest";
import { OriginRule } from "../../gateway/auth/origin-rule.js";
import { HttpServer } from "../../gateway/faces/websocket/http-server.js";
import { LogLimit } from "../../gateway/observe/log-limit.js";
import { Metrics } from "../../gateway/observe/metrics.js";
import { FakeClock } from "./clock.js";

/** Milliseconds; without them the gateway's own times hold. */
export interface ServerTimes {
  /** How long a connection may be silent. */
  readonly idleMs: number;
  /** How long a request may take to come. */
  readonly requestMs: number;
}

/** Settles with the server's port. */
export async function serveHttp(routes: Hono, times?: ServerTimes): Promise<number> {
  const clock = new FakeClock();
  const origins = new OriginRule({ bound: "127.0.0.1", allowedOrigins: [], allowedHosts: [] });
  const log = pino({ level: "silent" });
  const services = { clock, log, logLimit: new LogLimit(clock), metrics: new Metrics(), origins };
  const http = new HttpServer(services, routes, 16, undefined, false);
  if (times !== undefined) {
    http.server.setTimeout(times.idleMs);
    http.server.keepAliveTimeout = times.idleMs;
    http.server.requestTimeout = times.requestMs;
    http.server.headersTimeout = times.requestMs;
  }
  const { port } = await http.listen("127.0.0.1", 0);
  onTestFinished(() => http.close(0, () => {}));
  return port;
}

export const get = (path: string, headers = "") =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
