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
};
const snippets = [...page.matchAll(/^```(sh|python)\n(.*?)^```$/gms)].map(([, language = "", text = ""]) => ({
  language,
  text,
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
  return (await promisify(execFile)(program, parameters, { env })).stdout;
}

describe("docs/http.md", () => {
  it("has snippets for both readers", () => {
    expect(new Set(snippets.map(({ language }) => language))).toEqual(new Set(["sh", "python"]));
  });

  it.each(snippets)("$language: $text", async ({ language, text }) => {
    const here = text.replaceAll("127.0.0.1:8470", `127.0.0.1:${gateway.port}`);
    await run([...(interpreters[language] ?? []), here]);
  });
});

it.each(readdirSync(examples))("examples/http/%s", async (name) => {
  const told = await run([name.endsWith(".py") ? python : "bash", `${examples}${name}`]);
  expect(told).toMatch(/explained.variance/);
});
