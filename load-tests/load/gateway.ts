/** The gateway that a scenario runs against: one started with the scenario's config, or a running one at a URL. */
import { createHash } from "node:crypto";
import type { Server } from "../harness/child.js";
import { startGateway } from "../harness/gateway.js";
import { inRepository } from "../harness/places.js";
import type { Scenario } from "./scenario.js";

export interface Target {
  readonly url: string;
  /** The token that a tenant of the scenario connects with; undefined when the gateway needs none. */
  token(tenant: string | undefined): string | undefined;
  /** The gateway's metrics as Prometheus text, or undefined when they cannot be read. */
  metrics(): Promise<string | undefined>;
  /**
   * Ends one of the gateway's workers as a crash would, and returns its lane. Absent for a gateway that was not
   * started here.
   */
  readonly endWorker?: () => Promise<string>;
  stop(): Promise<void>;
}

const shipped = inRepository("load-tests/models");

type GatewaySetting = Pick<Scenario, "config" | "tenants"> &
  Partial<Pick<Scenario, "end_worker_every_seconds">>;

export async function ownGateway(scenario: GatewaySetting, models = shipped): Promise<Target> {
  const config = { ...scenario.config, ...tenantsOf(scenario), log_level: "info" };
  const inside = scenario.end_worker_every_seconds !== undefined;
  const server = await startGateway({ models, config, inside });
  const token = (tenant?: string) =>
    Object.keys(scenario.tenants).length === 0 ? undefined : tokenOf(tenant ?? firstOf(scenario));
  return {
    ...at(`ws://127.0.0.1:${server.port}/v1`, token(undefined)),
    ...(inside && { endWorker: () => endWorker(server) }),
    token,
    stop: server.stop,
  };
}

/** A gateway that runs already. All tenants of a scenario use the same given token. */
export function gatewayAt(url: string, token: string | undefined): Target {
  return { ...at(url, token), token: () => token, stop: async () => {} };
}

/** @param token of any tenant: all of them may read the metrics */
function at(url: string, token: string | undefined) {
  const { protocol, host } = new URL(url);
  const metricsUrl = `${protocol === "wss:" ? "https" : "http"}://${host}/metrics`;
  return {
    url,
    metrics: () =>
      fetch(metricsUrl, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
        .then((answer) => (answer.ok ? answer.text() : undefined))
        .catch(() => undefined),
  };
}

async function endWorker(server: Server): Promise<string> {
  const { lane } = await server.inside("end a worker");
  if (lane === null) throw new Error("the gateway has no worker that could be ended");
  return lane;
}

function tenantsOf({ tenants }: GatewaySetting): object {
  const names = Object.keys(tenants);
  if (names.length === 0) return {};
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  return {
    auth: { keys: names.map((tenant) => ({ sha256: sha256(tokenOf(tenant)), tenant })) },
    tenants: Object.fromEntries(names.map((name) => [name, { weight: tenants[name] }])),
  };
}

const tokenOf = (tenant: string) => `load-${tenant}`;
const firstOf = ({ tenants }: GatewaySetting) => Object.keys(tenants)[0] ?? "";

/** The sum of a gauge's values over its labels; 0 when the gauge is absent. */
export function gauge(metrics: string, name: string): number {
  let sum = 0;
  for (const [, value] of metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm")))
    sum += Number(value);
  return sum;
}
