/** `headgate health`, as a container's health check runs it. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { healthAddress } from "../../gateway/cli/health-address.js";
import { startGateway, type TestGateway } from "../support/gateway.js";

const program = fileURLToPath(new URL("../../dist/gateway/cli/headgate.js", import.meta.url));

/** Settles with the exit status, and what was said on standard output and standard error. */
function health(...words: string[]): Promise<{ code: number; said: string }> {
  return new Promise((resolve) =>
    execFile(process.execPath, [program, "health", ...words], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, said: stdout + stderr }),
    ),
  );
}

let gateway: TestGateway;
let folder: string;
beforeAll(async () => {
  gateway = await startGateway({ metrics: { port: 0 } });
  folder = mkdtempSync(join(tmpdir(), "headgate-health-"));
});
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true });
});

describe("headgate health", () => {
  it("ends with 0 where the gateway answers 200, and says what it answered", async () => {
    const port = String(gateway.port);
    expect(await health("--port", port)).toEqual({ code: 0, said: '200 {"live":true}\n' });
    expect(await health("ready", "--port", port)).toEqual({
      code: 0,
      said: '200 {"live":true,"ready":true}\n',
    });
  });

  it("reads host and port from the gateway's config", async () => {
    const config = join(folder, "gateway.json");
    writeFileSync(config, JSON.stringify({ host: "0.0.0.0", port: gateway.port, auth: { keys: [] } }));
    expect(await health("ready", "--config", config)).toMatchObject({ code: 0 });
  });

  it("ends with 1 where nothing listens, and names the address", async () => {
    expect(await health("--port", "1")).toMatchObject({
      code: 1,
      said: expect.stringMatching(/^http:\/\/127\.0\.0\.1:1\/v2\/health\/live: .*ECONNREFUSED/),
    });
  });

  it("ends with 2 and its usage for words that it does not know", async () => {
    for (const words of [["dead"], ["live", "ready"], ["--prot", "1"], ["--port", "many"]])
      expect(await health(...words), words.join(" ")).toMatchObject({
        code: 2,
        said: expect.stringContaining("Usage: headgate health"),
      });
  });

  it("tells its usage to who asks for help, and ends with 0", async () => {
    for (const word of ["--help", "-h"])
      expect(await health(word)).toEqual({ code: 0, said: expect.stringMatching(/^Usage: headgate health/) });
  });
});

describe("the address that is asked", () => {
  it.each([
    [{}, { host: "127.0.0.1", port: 8470, tls: false }],
    [
      { host: "0.0.0.0", port: 9000 },
      { host: "127.0.0.1", port: 9000, tls: false },
    ],
    [{ host: "::" }, { host: "::1", port: 8470, tls: false }],
    [{ host: "10.1.2.3" }, { host: "10.1.2.3", port: 8470, tls: false }],
    [{ tls: { cert: "a", key: "b" } }, { host: "127.0.0.1", port: 8470, tls: true }],
    [
      { tls: { cert: "a", key: "b" }, metrics: { host: "0.0.0.0", port: 8471 } },
      { host: "127.0.0.1", port: 8471, tls: false },
    ],
    [
      { tls: { cert: "a", key: "b" }, metrics: { port: 8471, tls: true } },
      { host: "127.0.0.1", port: 8471, tls: true },
    ],
    [{ metrics: { port: 8471 } }, { host: "127.0.0.1", port: 8471, tls: false }],
    [{ metrics: { host: "0.0.0.0" } }, { host: "127.0.0.1", port: 8470, tls: false }],
  ])("of %j is %j", (settings, address) => {
    expect(healthAddress(settings)).toEqual(address);
  });
});
