/** What proves kernels must itself be able to fail: numbers that are off, and backends that answer wrongly. */
import { describe, expect, it } from "vitest";
import { createPlainKernels, type Kernels } from "../../engines/kernels/index.js";
import { DeviationCheck } from "../../load-tests/gpu/deviation-check.js";
import { checkFit, fitCases } from "../../load-tests/gpu/fit-cases.js";
import { kernelCases } from "../../load-tests/gpu/kernel-cases.js";

describe("DeviationCheck", () => {
  it.each([
    [
      [1, 2],
      [1, 2.1],
    ],
    [[1, 2], [1]],
    [
      [1, Number.NaN],
      [1, 2],
    ],
    [
      [Number.NaN, 1],
      [2, 1],
    ],
    [[1], [Number.NaN]],
    [[1e-9], [0]],
    [[Number.POSITIVE_INFINITY], [1]],
  ])("refuses %j for %j", (actual, expected) => {
    expect(() => new DeviationCheck(1e-4).of(actual, expected)).toThrow(/off by|how many/);
  });

  it("takes what is within its tolerance of the largest, and keeps the worst it saw", () => {
    const close = new DeviationCheck(1e-4);
    close.of([1_000, 0.05], [1_000, 0]);
    close.of([1, 0], [1, 0]);
    expect(close.worst).toBeCloseTo(5e-5, 12);
  });
});

/** A backend whose products are a little too large. */
function wrong(): Kernels {
  const plain = createPlainKernels();
  const more = (values: ArrayLike<number>) => Float64Array.from(values, (value) => value * 1.001 + 0.01);
  return {
    ...plain,
    name: plain.name,
    precision: plain.precision,
    mode: plain.mode,
    fallbacks: [{ wanted: "webgpu", got: "cpu", reason: "made up" }],
    gram: async (...args) => more(await plain.gram(...args)),
    centredGram: async (...args) => more(await plain.centredGram(...args)),
    scatter: (_, __, p) => {
      const wrong = new Float64Array(p).fill(7);
      return { about: wrong, apart: wrong, gram: new Float64Array(p * p).fill(7) };
    },
    matmul: async (...args) => more(await plain.matmul(...args)),
    matmulTransposed: async (...args) => more(await plain.matmulTransposed(...args)),
    reflect: async (...args) => more(await plain.reflect(...args)),
    squaredDistances: async (...args) => more(await plain.squaredDistances(...args)),
    nearestCentre: async (...args) => {
      const { labels, distances } = await plain.nearestCentre(...args);
      return { labels: labels.map((label) => label + 1), distances };
    },
    points: (...args) => {
      const points = plain.points(...args);
      return {
        squares: points.squares,
        rows: (at) => points.rows(at),
        restart: () => points.restart(),
        release: () => points.release(),
        candidateDistances: (...asked) => points.candidateDistances(...asked),
        ownDistances: (...asked) => points.ownDistances(...asked),
        assign: async (...asked) => {
          const { labels, changed, sums, counts } = await points.assign(...asked);
          return { labels, changed, sums: more(sums), counts };
        },
      };
    },
    destroy: () => plain.destroy(),
  };
}

it.each(kernelCases.map((each) => [each.name, each] as const))(
  "%s: a wrong backend is found out",
  async (_, each) => {
    await expect(each.check(wrong(), new DeviationCheck(1e-4))).rejects.toThrow();
  },
);

it("and so is a fit over one", async () => {
  const decided = fitCases.filter(({ fit }) =>
    ["pca", "ledoit_wolf", "empirical_covariance", "oas"].includes(fit),
  );
  expect(decided.length).toBeGreaterThan(3);
  for (const each of decided)
    await expect(checkFit(each, wrong(), new DeviationCheck(1e-4))).rejects.toThrow(/off by/);
});
