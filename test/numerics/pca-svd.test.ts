import { afterAll, describe, expect, it } from "vitest";
import { createOrtKernels, createPlainKernels } from "../../engines/kernels/index.js";
import { pcaFit } from "../../engines/numerics/decomposition/pca-fit.js";
import { watchedContext } from "../../engines/numerics/fit.js";
import { expectGolden, goldenCases, goldenData, numbersOf, tensor } from "../golden/golden.js";

const ort = createOrtKernels();
afterAll(() => ort.destroy());

describe.each([
  ["plain", createPlainKernels()],
  ["ort", ort],
] as const)("pca on %s kernels", (_, kernels) => {
  for (const { data, parameters, expected, rank = 0 } of goldenCases("pca_svd")) {
    it(`gives scikit-learn's numbers for ${data} ${JSON.stringify(parameters)}`, async () => {
      const X = tensor(goldenData(data));
      const outputs = await pcaFit.run({ X }, parameters, { kernels, aborted: () => false });
      const { components, ...rest } = expected;
      expectGolden(outputs, rest, 1e-9);
      expect(outputs.components?.shape).toEqual(components?.shape);
      expect(rank).toBeGreaterThan(0);
      const rows = numbersOf(outputs, "components");
      components?.data.forEach((value, at) => {
        expect(Math.abs((rows[at] ?? Number.NaN) - value), `component number ${at}`).toBeLessThan(1e-9);
      });
      expectOrthonormal(rows, components?.shape[1] ?? 0);
    });
  }
});

it.each([
  ["square", 280, 280],
  ["of fewer columns, one of them twice", 400, 280],
])("a matrix that is %s takes a few times p³ steps, and no sweeps of rotations", async (_, n, p) => {
  const data = Array.from({ length: n * p }, (_, at) => Math.sin(12.9898 * at * at));
  for (let row = 0; row < n * p; row += p) data[row + 1] = data[row] as number;
  let steps = 0;
  const worked = (operations: number) => {
    steps += operations;
  };
  const context = watchedContext({ kernels: ort, aborted: () => false, worked });
  await pcaFit.run({ X: tensor({ shape: [n, p], data }) }, { svd_solver: "full" }, context);
  // Rotations of one sweep take 1.5 · p³ and more, and eight sweeps are usual.
  expect(steps).toBeLessThan(5 * p ** 3);
});

/** Also the rows of directions without variance. */
function expectOrthonormal(rows: readonly number[], p: number): void {
  const k = rows.length / p;
  for (let i = 0; i < k; i++) {
    for (let j = 0; j <= i; j++) {
      let dot = 0;
      for (let c = 0; c < p; c++) dot += (rows[i * p + c] ?? Number.NaN) * (rows[j * p + c] ?? Number.NaN);
      expect(dot).toBeCloseTo(i === j ? 1 : 0, 12);
    }
  }
}
