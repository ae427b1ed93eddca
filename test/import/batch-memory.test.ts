import { describe, expect, it } from "vitest";
import { batchReduction } from "../../engines/onnx/import/batch-memory.js";

const mebibyte = 1_048_576;
const run = (rows: number, bytes: number) => ({ rows, ms: 1, bytes: bytes * mebibyte });

describe("a batch by default", () => {
  it("is as large as was meant where its activations take 64 MiB or less", () => {
    expect(batchReduction({ runs: [run(1, 10), run(256, 73)] }, 256)).toBeUndefined();
  });

  it("holds no more than 64 MiB beside a small model", () => {
    expect(batchReduction({ runs: [run(1, 10), run(11, 20)] }, 256)).toEqual({
      rows: 64,
      bytes: 256 * mebibyte,
    });
  });

  it("holds no more than the model itself where that is larger", () => {
    expect(batchReduction({ runs: [run(1, 500), run(5, 540)] }, 256)?.rows).toBe(32);
  });

  it("is one row where a single one takes more", () => {
    expect(batchReduction({ runs: [run(1, 100), run(2, 400)] }, 256)?.rows).toBe(1);
  });

  it("is as it was meant where only one size was run: nothing is known of a row", () => {
    expect(batchReduction({ runs: [run(1, 900)] }, 256)).toBeUndefined();
    expect(batchReduction({ runs: [] }, 256)).toBeUndefined();
  });
});
