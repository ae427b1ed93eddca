import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  expectGolden,
  goldenCases,
  goldenData,
  matrix,
  numbersOf,
  runFit,
  tensor,
} from "../golden/golden.js";

describe("nmf", () => {
  for (const { data, expected, parameters } of goldenCases("nmf")) {
    it(`gives scikit-learn's numbers for ${data} ${JSON.stringify(parameters)}`, async () => {
      const outputs = await runFit("nmf", { X: tensor(goldenData(data)) }, parameters);
      const { reconstruction_err, ...rest } = expected;
      expectGolden(outputs, rest, 1e-9);
      // Where the parts explain all of X, the error is rounding alone.
      const reference = reconstruction_err?.data[0] ?? Number.NaN;
      const [error = Number.NaN] = numbersOf(outputs, "reconstruction_err");
      const largest = Math.max(...goldenData(data).data);
      if (reference < 1e-13 * largest) expect(error).toBeLessThan(1e-13 * largest);
      else expect(Math.abs(error / reference - 1)).toBeLessThan(1e-9);
    });
  }

  it("gives the error another implementation gave for iris", async () => {
    const parameters = { n_components: 2, tol: 1e-9, max_iter: 5000 };
    const outputs = await runFit("nmf", { X: tensor(goldenData("iris")) }, parameters);
    expect(numbersOf(outputs, "reconstruction_err")).toEqual([expect.closeTo(3.9408899, 6)]);
  });

  const cells = fc.array(
    fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { minLength: 4, maxLength: 4 }),
    {
      minLength: 3,
      maxLength: 12,
    },
  );

  it.each(["cd", "mu"])(
    "has no negative part and never a greater error after more iterations (%s)",
    async (solver) => {
      await fc.assert(
        fc.asyncProperty(cells, async (rows) => {
          const X = matrix(rows);
          const run = (max_iter: number) =>
            runFit("nmf", { X }, { n_components: 2, init: "random", solver, tol: 0, max_iter });
          const [few, more] = [await run(3), await run(30)];
          const [[before = Number.NaN], [after = Number.NaN]] = [few, more].map((outputs) =>
            numbersOf(outputs, "reconstruction_err"),
          ) as [number[], number[]];
          expect(after).toBeLessThanOrEqual(before + 1e-9);
          for (const name of ["W", "components"]) {
            expect(numbersOf(more, name).every((value) => value >= 0)).toBe(true);
          }
        }),
        { seed: 1, numRuns: 30 },
      );
    },
  );

  it("starts from given factors, and takes their number of parts", async () => {
    const X = tensor(goldenData("counts"));
    const W = tensor({ shape: [120, 3], data: Array.from({ length: 360 }, (_, i) => 1 + (i % 3)) });
    const H = tensor({ shape: [3, 25], data: Array.from({ length: 75 }, (_, i) => 1 + (i % 4)) });
    const outputs = await runFit("nmf", { X, W, H }, { init: "custom" });
    expect(outputs.components?.shape).toEqual([3, 25]);
    const again = { X, W: tensor(goldenOf(outputs, "W")), H: tensor(goldenOf(outputs, "components")) };
    const further = await runFit("nmf", again);
    const [before = Number.NaN] = numbersOf(outputs, "reconstruction_err");
    expect(numbersOf(further, "reconstruction_err")[0]).toBeLessThanOrEqual(before);
    await expect(runFit("nmf", { X, W })).rejects.toThrow(/inputs\.W|inputs\.H/);
    await expect(runFit("nmf", { X }, { init: "custom" })).rejects.toThrow(/parameters\.init: custom/);
  });

  it("tells when the iterations ran out", async () => {
    const X = tensor(goldenData("counts"));
    const outputs = await runFit("nmf", { X }, { n_components: 4, max_iter: 2 });
    expect([...numbersOf(outputs, "n_iter"), ...numbersOf(outputs, "converged")]).toEqual([2, 0]);
  });

  it("refuses negative numbers by their column, and more parts than a start can give", async () => {
    const X = matrix([
      [1, 2],
      [0, -0.5],
      [-3, 1],
    ]);
    await expect(runFit("nmf", { X })).rejects.toThrow(/inputs\.X: column 1 has -0\.5 at row 1/);
    const positive = { X: matrix([[1, 2]]) };
    await expect(runFit("nmf", positive, { n_components: 2, init: "nndsvd" })).rejects.toThrow(
      /parameters\.init: nndsvd gives at most min\(n, p\) = 1/,
    );
  });

  it("answers zeros for zeros", async () => {
    const outputs = await runFit(
      "nmf",
      {
        X: matrix([
          [0, 0],
          [0, 0],
        ]),
      },
      { n_components: 1 },
    );
    expect(numbersOf(outputs, "W")).toEqual([0, 0]);
    expect([...numbersOf(outputs, "n_iter"), ...numbersOf(outputs, "converged")]).toEqual([1, 1]);
  });
});

function goldenOf(outputs: Awaited<ReturnType<typeof runFit>>, name: string) {
  return { shape: outputs[name]?.shape ?? [], data: numbersOf(outputs, name) };
}
