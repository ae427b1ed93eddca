import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mismatch, readGolden } from "../../engines/onnx/golden.js";
import type { Tensor } from "../../protocol/tensor.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "headgate-golden-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function golden(outputs: Record<string, unknown>, tolerance: Record<string, number> = {}) {
  const path = join(folder, "golden.json");
  await writeFile(path, JSON.stringify({ made_by: "sklearn", inputs: {}, outputs, ...tolerance }));
  return readGolden(path);
}

const y = (data: readonly unknown[], datatype = "FP64") => ({ Y: { datatype, shape: [data.length], data } });
const got = (...data: number[]): { Y: Tensor } => ({
  Y: { datatype: "FP64", shape: [data.length], data: Float64Array.from(data) },
});

describe("an answer agrees with the golden one", () => {
  it("within atol + rtol of it, and says where it does not", async () => {
    const wanted = await golden(y([100, 0]), { rtol: 0.01, atol: 0.5 });
    expect(mismatch(wanted, got(101.5, -0.5))).toBeUndefined();
    expect(mismatch(wanted, got(101.6, 0))).toBe("output Y[0] is 101.6, sklearn gave 100");
    expect(mismatch(wanted, got(100, 0.6))).toBe("output Y[1] is 0.6, sklearn gave 0");
  });

  it("by default to 1e-5", async () => {
    const wanted = await golden(y([1]));
    expect(mismatch(wanted, got(1 + 1e-5))).toBeUndefined();
    expect(mismatch(wanted, got(1 + 2e-5))).toMatch(/^output Y\[0\]/);
  });

  it("with NaN where it has NaN, and infinity where it has infinity", async () => {
    const wanted = await golden(y(["NaN", "Infinity"]));
    expect(mismatch(wanted, got(Number.NaN, Number.POSITIVE_INFINITY))).toBeUndefined();
    expect(mismatch(wanted, got(1, Number.POSITIVE_INFINITY))).toMatch(/^output Y\[0\]/);
    expect(mismatch(wanted, got(Number.NaN, 1))).toMatch(/^output Y\[1\]/);
    expect(mismatch(wanted, got(Number.NaN, Number.NEGATIVE_INFINITY))).toMatch(/^output Y\[1\]/);
    expect(mismatch(await golden(y([1])), got(Number.NaN))).toMatch(/^output Y\[0\]/);
  });

  it("exactly in what is no float", async () => {
    const wanted = await golden(y(["9007199254740993"], "INT64"));
    const answered = (value: bigint): { Y: Tensor } => ({
      Y: { datatype: "INT64", shape: [1], data: BigInt64Array.of(value) },
    });
    expect(mismatch(wanted, answered(9007199254740993n))).toBeUndefined();
    expect(mismatch(wanted, answered(9007199254740992n))).toMatch(/^output Y\[0\] is 9007199254740992/);
  });

  it("in shape, and has all of it", async () => {
    const wanted = await golden(y([1, 2]));
    expect(mismatch(wanted, {})).toBe("output Y is missing");
    expect(mismatch(wanted, { Y: { ...got(1, 2).Y, shape: [1, 2] } })).toBe(
      "output Y has shape [1,2], golden [2]",
    );
  });
});

it("a golden answer that cannot be read is told by its path", async () => {
  const path = join(folder, "broken.json");
  await expect(readGolden(path)).rejects.toThrow(/broken\.json: no golden answer/);
  await writeFile(path, "{}");
  await expect(readGolden(path)).rejects.toThrow(/broken\.json: .*made_by/s);
  const bad = { made_by: "x", inputs: {}, outputs: y([1], "FP99") };
  await writeFile(path, JSON.stringify(bad));
  await expect(readGolden(path)).rejects.toThrow(/outputs\.Y\.datatype/);
});
