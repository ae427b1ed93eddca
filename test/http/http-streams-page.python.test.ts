// Runs every snippet of docs/http-streams.md, in its own language, against the built gateway.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type GatewayProcess, startGateway } from "../raw-client/gateway-process.js";

const page = readFileSync(fileURLToPath(new URL("../../docs/http-streams.md", import.meta.url)), "utf8");
const snippets = [...page.matchAll(/^```(sh|js|python)\n(.*?)^```$/gms)].map(
  ([, language = "", code = ""]) => ({
    language,
    code,
  }),
);

const interpreters: Readonly<Record<string, readonly [string, ...string[]]>> = {
  sh: ["bash", "-euo", "pipefail", "-c"],
  js: [process.execPath, "--input-type=module", "-e"],
  python: [process.env["HEADGATE_PYTHON"] ?? "python3", "-c"],
};

let gateway: GatewayProcess;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway?.dispose());

it("has snippets in three languages", () => {
  expect(new Set(snippets.map(({ language }) => language))).toEqual(new Set(["sh", "js", "python"]));
});

it.each(snippets)("a snippet in $language runs, and says something", async ({ language, code }) => {
  const [command, ...options] = interpreters[language] as readonly [string, ...string[]];
  const here = code.replaceAll("127.0.0.1:8470", `127.0.0.1:${gateway.port}`);
  const { stdout } = await promisify(execFile)(command, [...options, here], { timeout: 60_000 });
  if (page.indexOf(code) > page.indexOf("## Events")) expect(stdout).toContain("regime.SPX");
  else expect(stdout).toContain('"created":true');
});
