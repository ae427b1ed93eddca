/** The alerts, the dashboard and the autoscaler's rule ask for metrics that a gateway has. */
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, tensor } from "../../client/typescript/index.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { keptLog } from "../support/kept-log.js";
import { deployText, projectFolder, yamlDocument } from "./deploy-files.js";

/** A metric without a value yet has its type, and a histogram has the names of its parts. */
function namesIn(exposition: string): string[] {
  return [...exposition.matchAll(/^(?:# TYPE )?(headgate_\w+)/gm)].map(([, name = ""]) => name);
}

/** The metrics of a gateway that has answered, and needs no credentials. */
async function plainNames(): Promise<string[]> {
  const gateway = await startGateway();
  try {
    const gate = await connect(gateway.url);
    await gate.infer("market-impact", { X: tensor(new Float32Array(32), [2, 16]) });
    await gate.close();
    return namesIn(await (await fetch(`${gateway.http}/metrics`)).text());
  } finally {
    await gateway.stop();
  }
}

/** The metrics of a gateway as docs/deploy.md puts it up, scraped with a key that the command made. */
async function guardedNames(folder: string): Promise<string[]> {
  const [keys, token, jwks] = ["keys.json", "token", "jwks.json"].map((name) => join(folder, name));
  const words = ["keys", "create", "--keys", keys, "--tenant", "operations", "--scopes", "metrics:read"];
  const program = join(projectFolder, "dist/gateway/cli/headgate.js");
  execFileSync(process.execPath, [program, ...words, "--token-file", token].map(String));
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "1", alg: "ES256", use: "sig" };
  writeFileSync(String(jwks), JSON.stringify({ keys: [jwk] }));
  const certificate = (name: string) => join(projectFolder, "test/support/certificates", name);
  const lines: Record<string, unknown>[] = [];
  const gateway: TestGateway = await startGateway(
    {
      tls: { cert: certificate("server.pem"), key: certificate("server.key") },
      auth: {
        keys_file: keys,
        issuers: [{ issuer: "https://login", audience: "headgate", jwks_file: jwks }],
      },
      metrics: { port: 0 },
    },
    { log: keptLog(lines) },
  );
  try {
    const { port } = lines.find(({ msg }) => msg === "metrics listening") ?? {};
    const headers = { authorization: `Bearer ${readFileSync(String(token), "utf8").trim()}` };
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { headers });
    expect(answer.status).toBe(200);
    return namesIn(await answer.text());
  } finally {
    await gateway.stop();
  }
}

let folder: string;
let names: ReadonlySet<string>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "headgate-metric-names-"));
  names = new Set([...(await plainNames()), ...(await guardedNames(folder))]);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}
const alerts = yamlDocument<Rules>("prometheus/rules.yml").groups.flatMap(({ rules }) => rules);
const metricsOf = (text: string) => [...new Set(text.match(/\bheadgate_[a-z_]+/g))];

describe("metrics that are asked for", () => {
  it.each(alerts)("by $alert are there", ({ expr }) => {
    expect(expr).toMatch(/headgate/);
    for (const name of metricsOf(expr)) expect(names).toContain(name);
  });

  it("by the dashboard are there", () => {
    const { panels } = JSON.parse(deployText("grafana/dashboards/headgate.json")) as {
      panels: { title: string; targets: { expr: string }[] }[];
    };
    expect(panels.length).toBeGreaterThan(8);
    for (const { title, targets } of panels)
      for (const { expr } of targets)
        for (const name of metricsOf(expr)) expect(names, `${title}: ${expr}`).toContain(name);
  });

  it("by the autoscaler's rule are there", () => {
    const { data } = yamlDocument<{ data: { "config.yaml": string } }>(
      "kubernetes/base/prometheus-adapter.yaml",
    );
    const made = [...data["config.yaml"].matchAll(/^\s+as: (\S+)$/gm)].map(([, name]) => name);
    const asked = metricsOf(data["config.yaml"]).filter((name) => !made.includes(name));
    expect(asked.length).toBeGreaterThan(0);
    for (const name of asked) expect(names).toContain(name);
  });
});

it("docs/deploy.md says of each alert what to do, and of none that is not there", () => {
  const page = readFileSync(join(projectFolder, "docs/deploy.md"), "utf8");
  const rows = [...page.matchAll(/^\| (Headgate\w+) \|[^|]{10,}\|[^|]{10,}\|$/gm)].map(([, name]) => name);
  expect(rows).toEqual(alerts.map(({ alert }) => alert));
});
