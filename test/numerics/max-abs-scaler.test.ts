import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxAbs } from "../../engines/numerics/preprocessing/max-abs-scaler.js";
import {
  expectGolden,
  goldenCases,
  goldenData,
  matrix,
  numbersOf,
  runFit,
  tensor,
} from "../golden/golden.js";

const missing = Number.NaN;

describe("max_abs_scaler", () => {
  it.each(goldenCases("max_abs_scaler").map((golden) => [golden.data, golden] as const))(
    "gives scikit-learn's numbers for %s",
    async (data, { expected, parameters }) => {
      expectGolden(await runFit("max_abs_scaler", { X: tensor(goldenData(data)) }, parameters), expected, 0);
    },
  );

  it("divides a column within ten roundings of zero by 1, by the roundings of its datatype", async () => {
    const rows = [[10 * 2 ** -52, 9 * 2 ** -52, 2 ** -20]];
    expect(numbersOf(await runFit("max_abs_scaler", { X: matrix(rows) }), "scale")).toEqual([
      10 * 2 ** -52,
      1,
      2 ** -20,
    ]);
    expect(numbersOf(await runFit("max_abs_scaler", { X: matrix(rows, "FP32") }), "scale")).toEqual([
      1, 1, 1,
    ]);
  });

  it("leaves missing numbers out, and has none for a column without numbers", async () => {
    const X = matrix([
      [missing, 2, missing],
      [-3, missing, missing],
    ]);
    const fitted = await runFit("max_abs_scaler", { X });
    expect(numbersOf(fitted, "max_abs")).toEqual([3, 2, missing]);
    expect(numbersOf(fitted, "scale")).toEqual([3, 2, missing]);
    const { scale } = fitted;
    if (scale === undefined) throw new Error("no scale");
    const { transform } = await runFit("max_abs_scaler.apply", { X, scale }, { clip: true });
    expect([...(transform?.data ?? [])]).toEqual([missing, 1, missing, -1, missing, missing]);
  });

  it("keeps a column missing that an earlier fit had no numbers of, as numpy's maximum does", async () => {
    const max_abs = tensor({ shape: [2], data: [missing, 1] });
    const n_samples_seen = { datatype: "INT64", shape: [], data: BigInt64Array.of(3n) } as const;
    const X = matrix([[5, -2]]);
    const updated = await runFit("max_abs_scaler.update", { X, max_abs, n_samples_seen });
    expect(numbersOf(updated, "max_abs")).toEqual([missing, 2]);
    expect(numbersOf(updated, "n_samples_seen")).toEqual([4]);
    const negative = { ...n_samples_seen, data: BigInt64Array.of(-1n) };
    await expect(runFit("max_abs_scaler.update", { X, max_abs, n_samples_seen: negative })).rejects.toThrow(
      /inputs\.n_samples_seen: -1/,
    );
  });

  it("is the same however the rows are cut", () => {
    const numbers = fc.array(fc.double({ noNaN: false, noDefaultInfinity: true }), {
      minLength: 2,
      maxLength: 40,
    });
    fc.assert(
      fc.property(numbers, fc.nat(), (column, cut) => {
        const at = 1 + (cut % (column.length - 1));
        const whole = maxAbs(Float64Array.from(column), column.length, 1)[0];
        const halves = [column.slice(0, at), column.slice(at)].map(
          (half) => maxAbs(Float64Array.from(half), half.length, 1)[0] as number,
        );
        const present = halves.filter((value) => !Number.isNaN(value));
        expect(whole).toBe(present.length === 0 ? missing : Math.max(...present));
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});
