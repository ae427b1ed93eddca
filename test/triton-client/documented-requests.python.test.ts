// Every program of docs/http.md and of examples/http, run as it stands against the built gateway.

import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayProcess, startGateway } from "../raw-client/gateway-process.js";

const python = process.env["HEADGATE_PYTHON"] ?? "python3";
const page = readFileSync(new URL("../../docs/http.md", import.meta.url), "utf8");
const examples = fileURLToPath(new URL("../../examples/http/", import.meta.url));
const interpreters: Readonly<Record<string, readonly string[]>> = {
  sh: ["bash", "-euo", "pipefail", "-c"],
  python: [python, "-c"],
  js: [process.execPath, "--input-type=module", "-e"],
};
/** Where the snippets begin that make streams, that train, and that read events. */
const [streamsAt, trainingAt, eventsAt, afterEvents] = [
  "## Streams",
  "## Training",
  "## Events",
  "## From a web page",
].map((heading) => page.indexOf(`\n${heading}\n`)) as [number, number, number, number];
/** Those that train need a trainer: test/training/documented-requests.training.test.ts runs them. */
const snippets = [...page.matchAll(/^```(sh|python|js)\n(.*?)^```$/gms)]
  .filter(({ index }) => index < trainingAt || index > eventsAt)
  .map(({ index, 1: language = "", 2: text = "" }) => ({
    language,
    text,
    says:
      index > eventsAt && index < afterEvents
        ? "regime.SPX"
        : index > streamsAt && index < trainingAt
          ? '"created":true'
          : "",
  }));

let gateway: GatewayProcess;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway?.dispose());

/** Rejects with what the program wrote to stderr when its status is not 0. */
async function run(command: readonly string[]): Promise<string> {
  const [program = "", ...parameters] = command;
  const HEADGATE = `http://127.0.0.1:${gateway.port}`;
  const env = { ...process.env, HEADGATE, HEADGATE_TOKEN: "any" };
  return (await promisify(execFile)(program, parameters, { env, timeout: 60_000 })).stdout;
}

describe("docs/http.md", () => {
  it("has snippets in three languages, and some that read events", () => {
    expect(new Set(snippets.map(({ language }) => language))).toEqual(new Set(["sh", "python", "js"]));
    expect(snippets.filter(({ says }) => says === "regime.SPX")).toHaveLength(2);
  });

  it.each(snippets)("$language: $text", async ({ language, text, says }) => {
    const here = text.replaceAll("127.0.0.1:8470", `127.0.0.1:${gateway.port}`);
    expect(await run([...(interpreters[language] ?? []), here])).toContain(says);
  });
});

it.each(readdirSync(examples))("examples/http/%s", async (name) => {
  const told = await run([name.endsWith(".py") ? python : "bash", `${examples}${name}`]);
  expect(told).toMatch(/explained.variance/);
});
