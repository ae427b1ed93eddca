/** The TypeScript of docs/training.md as it is printed, against a gateway with the real trainers. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { suiteEnvironment } from "./environment.js";

const page = readFileSync(new URL("../../docs/training.md", import.meta.url), "utf8");
const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(({ 1: text = "" }) => text);
const client = new URL("../../client/typescript/index.ts", import.meta.url);

let gateway: TestGateway;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "headgate-documented-"));
  gateway = await startGateway({ training: { environment: suiteEnvironment().folder } });
});
afterAll(async () => {
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it("publishes a version, and prints it with its coefficients", async () => {
  expect(blocks).toHaveLength(1);
  const [block = ""] = blocks;
  expect(block).toContain('"headgate-client"');
  expect(block).toContain('"ws://127.0.0.1:8470/v1"');
  const here = block
    .replace('"headgate-client"', JSON.stringify(fileURLToPath(client)))
    .replace("ws://127.0.0.1:8470/v1", gateway.url);
  const file = join(folder, "documented.ts");
  writeFileSync(file, here);
  const print = vi.spyOn(console, "log").mockReturnValue();
  await import(/* @vite-ignore */ pathToFileURL(file).href);
  expect(print).toHaveBeenCalledOnce();
  const [version, coefficients] = print.mock.lastCall ?? [];
  expect(version).toBe("1");
  const [one, other] = Array.from(coefficients, Number);
  // y is the sum of both columns, of which a penalty of 1 on 500 rows takes less than a hundredth.
  expect(Math.abs(Number(one) - 1)).toBeLessThan(0.01);
  expect(Math.abs(Number(other) - 1)).toBeLessThan(0.01);
});
