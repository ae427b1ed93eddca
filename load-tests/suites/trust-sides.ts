/** The gateways that the trust suite compares: each with one of TLS, tokens and quotas on, one with all, one with none. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { BareClient, type TlsOptions } from "../harness/bare-client.js";
import type { Server } from "../harness/child.js";
import { startGateway } from "../harness/gateway.js";
import { inRepository } from "../harness/places.js";
import { TokenIssuer } from "../harness/token-issuer.js";

/** Without these a gateway asks for nothing, and counts nothing. */
export const sideNames = ["off", "tls", "jwt", "quotas", "all"] as const;
export type SideName = (typeof sideNames)[number];

/** The one model that all of them serve. */
export const model = "market-impact";

export interface Side {
  /** Opens a connection in the way that is usual on this side. */
  readonly open: () => Promise<BareClient>;
  /** Opens one with the token, or without; `agent` shows a client's certificate. */
  readonly openWith: (token: string | undefined, agent?: boolean) => Promise<BareClient>;
}

export interface Sides {
  readonly of: Readonly<Record<SideName, Side>>;
  readonly issuer: TokenIssuer;
  readonly apiKey: string;
  close(): Promise<void>;
}

const apiKey = "bench-key";
const certificate = (name: string) => inRepository(`test/support/certificates/${name}`);
const read = (name: string) => readFileSync(certificate(name), "utf8");

const tls = {
  cert: certificate("server.pem"),
  key: certificate("server.key"),
  client_ca: certificate("authority.pem"),
  client_certificate: "request",
};
/** Rates that are counted and never reached: what is measured is the counting. */
const never = { per_second: 1e9 };
const quotas = {
  ...{ requests: never, rows: never, bytes: never, compute_ms: never },
  ...{ connections: 1_000_000, subscriptions: 1_000_000, streams: 1_000_000, fits: 1_000_000 },
};
/** Where tokens are asked for there are quotas by default. */
const none = { per_second: null };
const noQuotas = {
  ...{ requests: none, rows: none, bytes: none, compute_ms: none },
  ...{ connections: null, subscriptions: null, streams: null, kept_bytes: null, fits: null },
};

export async function startSides(): Promise<Sides> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-trust-"));
  const issuer = await TokenIssuer.at(join(folder, "jwks.json"));
  const sha256 = createHash("sha256").update(apiKey).digest("hex");
  const auth = { issuers: [issuer.settings], keys: [{ sha256, tenant: "bench" }] };
  const certificates = [{ subject_alt_name: "URI:spiffe://desk/agent-1", tenant: "bench" }];
  const configs: Readonly<Record<SideName, object>> = {
    off: {},
    tls: { tls, auth: { ...auth, certificates }, quotas: noQuotas },
    jwt: { auth, quotas: noQuotas },
    quotas: { quotas },
    all: { tls, auth, quotas },
  };
  const models = join(folder, "models");
  await cp(inRepository(`models/${model}`), join(models, model), { recursive: true });
  const servers: Server[] = [];
  for (const name of sideNames) servers.push(await startGateway({ models, config: configs[name] }));
  const of = Object.fromEntries(
    sideNames.map((name, i) => [name, side(servers[i] as Server, "tls" in configs[name], name, issuer)]),
  ) as Record<SideName, Side>;
  return {
    of,
    issuer,
    apiKey,
    async close() {
      await Promise.all(servers.map((server) => server.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function side({ port }: Server, isSecure: boolean, name: SideName, issuer: TokenIssuer): Side {
  const url = `${isSecure ? "wss" : "ws"}://localhost:${port}/v1`;
  const ca = read("authority.pem");
  const plain: TlsOptions = isSecure ? { secureContext: createSecureContext({ ca }) } : {};
  const shown = createSecureContext({ ca, cert: read("agent.pem"), key: read("agent.key") });
  const openWith = (token: string | undefined, agent = false) =>
    BareClient.welcomed(url, token, agent ? { secureContext: shown } : plain);
  const asksForToken = name === "jwt" || name === "tls" || name === "all";
  const usual = asksForToken ? (name === "tls" ? apiKey : issuer.token()) : undefined;
  return { open: () => openWith(usual), openWith };
}
