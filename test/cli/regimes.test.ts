/** `headgate regimes`, as somebody at a terminal runs it against a gateway that serves. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../client/typescript/index.js";
import { spawnHeld } from "../../load-tests/harness/held.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { days, watching } from "../support/market.js";

const program = fileURLToPath(new URL("../../dist/gateway/main.js", import.meta.url));
const token = "a-desk-of-one";
let gateway: TestGateway;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "headgate-regimes-"));
  const sha256 = createHash("sha256").update(token).digest("hex");
  const keys = [{ sha256, tenant: "desk", namespace: "desk" }];
  gateway = await startGateway({ models: folder, auth: { keys } });
  const gate = await connect(gateway.url, { token });
  const stream = await gate.openStream("FX/EUR", watching);
  const { ts, rows } = days(0, 80);
  await stream.observe(ts, rows);
  await gate.openStream("EMPTY", { detector: "bocpd" });
  await gate.close();
});
afterAll(async () => {
  await gateway.stop();
  await rm(folder, { recursive: true, force: true });
});

/** @param environment in place of what this process has of Headgate's */
async function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { HEADGATE_URL: _, HEADGATE_TOKEN: __, ...rest } = process.env;
  const child = spawnHeld([program, "regimes", ...args], {
    cwd: folder,
    env: { ...rest, ...environment },
  });
  let [out, error] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    error += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, out, error };
}

const here = () => ["--url", gateway.url, "--token", token];

describe("headgate regimes", () => {
  it("tells the changes, each with how late it was", async () => {
    const { code, out } = await run(["FX/EUR", ...here()]);
    const [head, first, ...others] = out.trimEnd().split("\n");
    expect(code).toBe(0);
    expect(head).toMatch(/^gaussian_hmm: turbulent after 80 observations that are remembered, \d+ changes$/);
    expect(first).toMatch(
      /^1970-01-01T00:00:00\.\d{3}Z {2}unknown → turbulent {2}probability of turbulent (1\.000|0\.\d{3})/,
    );
    expect(others.length).toBeGreaterThan(5);
  });

  it("draws them into the file it is told, or one named after the stream, or to stdout", async () => {
    const file = join(folder, "drawn.svg");
    expect(await run(["FX/EUR", ...here(), "--svg", file])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/drawn\.svg: 80 observations, \d+ changes/),
    });
    const svg = await readFile(file, "utf8");
    expect(svg).toMatch(/^<svg xmlns/);
    expect(svg).toContain(">FX/EUR</text>");
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect((await run(["FX/EUR", ...here(), "--svg"])).code).toBe(0);
    expect(await readFile(join(folder, "FX-EUR.svg"), "utf8")).toBe(svg);
    const settings = { HEADGATE_URL: gateway.url, HEADGATE_TOKEN: token };
    expect((await run(["FX/EUR", "--svg", "-"], settings)).out).toBe(svg);
  });

  it("takes the newest so many observations", async () => {
    const { out } = await run(["FX/EUR", ...here(), "--limit", "10", "--svg", "-"]);
    expect(out).toContain("10 observations.");
    expect(out).not.toContain("not known yet");
  });

  it.each<[string, readonly string[], RegExp]>([
    [
      "no such stream",
      ["fx/eur"],
      /has no stream fx\/eur in this token's namespace\.\nA stream is there once/,
    ],
    ["nothing observed", ["EMPTY", "--svg", "-"], /^EMPTY has no observations to draw yet/],
    [
      "no such column",
      ["FX/EUR", "--svg", "-", "--column", "1"],
      /has 1 values an observation, so no column 1/,
    ],
    ["a limit of 0", ["FX/EUR", "--limit", "0"], /must be an integer from 1 to 65536/],
  ])("%s: says so and ends with 1", async (_, args, message) => {
    const { code, out, error } = await run([...args, ...here()]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(error).toMatch(message);
  });

  it("says when no gateway answers, and when the token is wrong", async () => {
    const nobody = await run(["FX/EUR", "--url", "ws://127.0.0.1:9/v1"]);
    expect(nobody.code).toBe(1);
    expect(nobody.error).toMatch(
      /^no gateway answers at ws:\/\/127\.0\.0\.1:9\/v1: .*\nStart one \(headgate\)/,
    );
    const stranger = await run(["FX/EUR", "--url", gateway.url, "--token", "wrong"]);
    expect(stranger.code).toBe(1);
    expect(stranger.error).toMatch(/HTTP 401: .*\nIt asks for a key it knows: pass --token/);
  });
});
