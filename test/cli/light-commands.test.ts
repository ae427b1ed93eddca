/** What does not serve does not load the gateway: that takes half a second of processor time, and is most of a start. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const moduleOf = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
const hooks = moduleOf(`export function load(url, context, next) {
  if (url.endsWith("/dist/gateway/gateway.js")) process._rawDebug("the gateway is loaded");
  return next(url, context);
}`);
const watching = moduleOf(
  `import { register } from "node:module"; register(${JSON.stringify(hooks)}, ${JSON.stringify(import.meta.url)});`,
);

function loadsGateway(...args: string[]): boolean {
  const { stderr } = spawnSync(process.execPath, ["--import", watching, "dist/gateway/main.js", ...args], {
    cwd: root,
    encoding: "utf8",
    timeout: 20_000,
  });
  return stderr.includes("the gateway is loaded");
}

describe("the command line", () => {
  it.each([
    "--version",
    "keys --help",
    "models verify no/such/repository",
    "no-such-command",
    "--port web",
    "--host 0.0.0.0 --port 0",
  ])("headgate %s loads no gateway", (line) => {
    expect(loadsGateway(...line.split(" "))).toBe(false);
  });

  it("loads it to serve", () => {
    expect(loadsGateway("--port", "0", "--data", "package.json")).toBe(true);
  });
});
