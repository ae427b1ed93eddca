/** The way of `load-tests/gpu.sh` on whatever adapter there is; a software renderer's figures mean nothing. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CheckProcess } from "../../load-tests/gpu/check-process.js";
import type { ReportRow } from "../../load-tests/report.js";

const script = fileURLToPath(new URL("../../load-tests/gpu.sh", import.meta.url));
const built = fileURLToPath(new URL("../../dist/load-tests/gpu/engine-side.js", import.meta.url));
const out = mkdtempSync(join(tmpdir(), "headgate-gpu-suite-"));
afterAll(() => rmSync(out, { recursive: true }));

const json = <T>(name: string) => JSON.parse(readFileSync(join(out, name), "utf8")) as T;

describe("gpu.sh --small", () => {
  beforeAll(async () => {
    const args = [script, "--small", "--only", "adapter,kernels,bench,gateway"];
    const env = { ...process.env, OUT: out };
    await new Promise<void>((resolve) => execFile("bash", args, { env }, () => resolve()));
  }, 240_000);

  it("comes to the end of each part", () => {
    const { parts } = json<{ parts: { part: string; ok: boolean }[] }>("summary.json");
    expect(parts.map(({ part, ok }) => `${part} ${ok}`)).toEqual([
      "adapter true",
      "kernels true",
      "bench true",
      "gateway true",
    ]);
  });

  it("measures the device beside the same kernels on the CPU", () => {
    const { rows, suite } = json<{ rows: ReportRow[]; suite: string }>("bench.json");
    expect(suite).toBe("gpu");
    const ort = rows.filter(({ peer }) => peer === "ort on the CPU");
    expect(ort).toHaveLength(10);
    for (const { name, value, peer_value, ratio } of ort) {
      expect(name).toContain("gpujs on webgpu");
      expect(ratio).toBeCloseTo((peer_value ?? Number.NaN) / (value ?? Number.NaN), 9);
    }
  });

  it("has an answer of every model from the gateway", () => {
    const { models } = json<{ models: { answers: number; errors: object }[] }>("gateway.json");
    expect(models).toHaveLength(14);
    for (const each of models) expect(each).toMatchObject({ answers: expect.any(Number), errors: {} });
    for (const { answers } of models) expect(answers).toBeGreaterThan(0);
  });
});

describe("a model on ONNX Runtime's WebGPU provider", () => {
  const checks = new CheckProcess(built);
  afterAll(() => checks.stop());
  const rounds = { most: 1, ms: 1 };

  it.each(["market-impact", "lstm-regime", "signal-xgboost"])("%s gives its golden answer", async (model) => {
    const asked = { kind: "model", model, provider: "webgpu", batches: [4], rounds } as const;
    const told = await checks.ask(asked, 60_000);
    expect(told).toMatchObject({ ok: true, answer: { rows_per_second: { 4: expect.any(Number) } } });
  });

  it("that is none is told, and the next question is answered", async () => {
    const none = { kind: "model", model: "nobody", provider: "webgpu", batches: [], rounds } as const;
    expect(await checks.ask(none, 60_000)).toMatchObject({
      ok: false,
      why: expect.stringContaining("nobody"),
    });
    expect(await checks.ask({ kind: "adapter", software: true }, 60_000)).toMatchObject({ ok: true });
  });
});
