/**
 * `headgate health`: asks the gateway on this machine whether it is alive or ready, for the health checks of containers
 * and services. It loads neither the config's schema nor an engine, because it runs every few seconds.
 */
import { readFileSync } from "node:fs";
import { get as getPlain } from "node:http";
import { get as getByTls } from "node:https";
import { parseArgs } from "node:util";
import { type AddressSettings, type HealthAddress, healthAddress } from "./health-address.js";

/** Settles with the answer's status and text. */
function ask({ host, port, tls }: HealthAddress, path: string, timeout: number): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    // The certificate is the gateway's name's, and not this loopback address's. Nothing secret is sent.
    const request = (tls ? getByTls : getPlain)({ host, port, path, timeout, rejectUnauthorized: false });
    request.on("timeout", () => request.destroy(new Error(`no answer within ${timeout} ms`)));
    request.on("error", reject);
    request.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve([response.statusCode ?? 0, text]));
      response.on("error", reject);
    });
  });
}

const usage =
  "Usage: headgate health [live|ready] [--config FILE] [--host HOST] [--port PORT] [--timeout-ms MS]";

interface HealthQuestion {
  readonly which: "live" | "ready";
  readonly address: HealthAddress;
  readonly timeoutMs: number;
}

/** @throws when the arguments are wrong or the config cannot be read */
function question(): HealthQuestion {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      config: { type: "string" },
      host: { type: "string" },
      port: { type: "string" },
      "timeout-ms": { type: "string", default: "2000" },
    },
  });
  const [which = "live", ...more] = positionals;
  if ((which !== "live" && which !== "ready") || more.length > 0)
    throw new Error(`it asks live or ready, not ${positionals.join(" ")}`);
  const settings: AddressSettings =
    values.config === undefined ? {} : JSON.parse(readFileSync(values.config, "utf8"));
  const { host = settings.host, port } = values;
  const address = healthAddress({
    ...settings,
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port: positive("--port", port, 65_535) }),
  });
  return { which, address, timeoutMs: positive("--timeout-ms", values["timeout-ms"], 86_400_000) };
}

function positive(name: string, text: string, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw new Error(`${name} is an integer from 1 to ${max}, not ${text}`);
  return value;
}

/** @returns the exit status: 0 when the answer is 200, 1 when it is not, 2 for wrong arguments or config */
async function main(): Promise<number> {
  if (process.argv.includes("--help") || process.argv.includes("-h")) {
    console.log(usage);
    return 0;
  }
  let asked: HealthQuestion;
  try {
    asked = question();
  } catch (error) {
    console.error(`${messageOf(error)}\n${usage}`);
    return 2;
  }
  const { host, port, tls } = asked.address;
  const path = `/v2/health/${asked.which}`;
  try {
    const [status, text] = await ask(asked.address, path, asked.timeoutMs);
    console.log(`${status} ${text}`);
    return status === 200 ? 0 : 1;
  } catch (error) {
    const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    console.error(`${tls ? "https" : "http"}://${authority}${path}: ${messageOf(error)}`);
    return 1;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

process.exitCode = await main();
