import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cheapestPath, jumpStep } from "../../engines/numerics/hmm/jump-model.js";
import {
  expectGolden,
  goldenCases,
  goldenData,
  matrix,
  numbersOf,
  runFit,
  tensor,
} from "../golden/golden.js";
import { check, checkAsync } from "../support/seeded.js";

/** What a path costs, added up as it is written down in the papers. */
function costOf(path: readonly number[], own: Float64Array, k: number, penalty: number): number {
  return path.reduce((sum, state, t) => {
    return sum + (own[t * k + state] as number) + (t > 0 && path[t - 1] !== state ? penalty : 0);
  }, 0);
}

/** Every path of n states. */
function paths(n: number, k: number): number[][] {
  return Array.from({ length: k ** n }, (_, i) =>
    Array.from({ length: n }, (_, t) => Math.floor(i / k ** t) % k),
  );
}

const value = fc.double({ min: 0, max: 9, noNaN: true });
const sequence = fc
  .record({ n: fc.integer({ min: 1, max: 6 }), k: fc.integer({ min: 1, max: 3 }) })
  .chain(({ n, k }) =>
    fc.record({
      n: fc.constant(n),
      k: fc.constant(k),
      own: fc.array(value, { minLength: n * k, maxLength: n * k }).map((all) => Float64Array.from(all)),
      penalty: value,
    }),
  );

describe("the cheapest path", () => {
  it("is the cheapest of all there are", () => {
    check(
      fc.property(sequence, ({ n, k, own, penalty }) => {
        const { labels, objective } = cheapestPath(own, n, k, penalty);
        const least = Math.min(...paths(n, k).map((path) => costOf(path, own, k, penalty)));
        expect(objective).toBeCloseTo(least, 9);
        expect(costOf([...labels], own, k, penalty)).toBeCloseTo(least, 9);
      }),
    );
  });

  it("says of each end what the cheapest path to it costs beyond the cheapest", () => {
    check(
      fc.property(sequence, ({ n, k, own, penalty }) => {
        const { costs, objective } = cheapestPath(own, n, k, penalty);
        for (let end = 0; end < k; end++) {
          const ending = paths(n, k).filter((path) => path.at(-1) === end);
          const least = Math.min(...ending.map((path) => costOf(path, own, k, penalty)));
          expect(costs[(n - 1) * k + end]).toBeCloseTo(least - objective, 9);
        }
      }),
    );
  });

  it("is what one observation after another leads to", async () => {
    const rows = fc.array(fc.tuple(value, value), { minLength: 2, maxLength: 20 });
    await checkAsync(
      fc.asyncProperty(rows, value, async (all, penalty) => {
        const outputs = await runFit("jump_model", { X: matrix(all) }, { jump_penalty: penalty, n_init: 1 });
        const centres = Float64Array.from(numbersOf(outputs, "cluster_centers"));
        const costs = numbersOf(outputs, "costs");
        let live: Float64Array | null = null;
        all.forEach((row, t) => {
          live = jumpStep(live, centres, penalty, row);
          live.forEach((cost, s) => {
            expect(cost).toBeCloseTo(costs[t * 2 + s] as number, 9);
          });
        });
      }),
    );
  });
});

describe("jump_model", () => {
  for (const { data, expected, parameters } of goldenCases("jump_model")) {
    it(`gives jumpmodels' numbers for ${data} ${JSON.stringify(parameters)}`, async () => {
      const outputs = await runFit("jump_model", { X: tensor(goldenData(data)) }, parameters);
      const { labels, online, ...rest } = expected;
      const columns = goldenData(data).shape[1] as number;
      const centres = chunks(numbersOf(outputs, "cluster_centers"), columns);
      const order = centres.map((_, s) => s).sort((a, b) => (centres[a]?.[0] ?? 0) - (centres[b]?.[0] ?? 0));
      const sorted = tensor({
        shape: [centres.length, columns],
        data: order.flatMap((s) => centres[s] ?? []),
      });
      expectGolden({ ...outputs, cluster_centers: sorted }, rest, 1e-9);
      expect(numbersOf(outputs, "labels").map((s) => order.indexOf(s))).toEqual(labels?.data);
      const costs = chunks(numbersOf(outputs, "costs"), centres.length);
      expect(costs.map((row) => order.indexOf(row.indexOf(0)))).toEqual(online?.data);
    });
  }

  it("finds the best partition of few rows, by brute force, nearly always and never a better one", async () => {
    let [runs, best] = [0, 0];
    const rows = fc.array(value, { minLength: 2, maxLength: 7 });
    await checkAsync(
      fc.asyncProperty(rows, fc.double({ min: 0, max: 5, noNaN: true }), async (all, penalty) => {
        const X = matrix(all.map((each) => [each]));
        const outputs = await runFit("jump_model", { X }, { jump_penalty: penalty, n_init: 30 });
        const least = Math.min(...paths(all.length, 2).map((path) => objectiveOf(path, all, penalty)));
        const found = numbersOf(outputs, "objective")[0] as number;
        expect(found).toBeGreaterThanOrEqual(least - 1e-9);
        expect(objectiveOf(numbersOf(outputs, "labels"), all, penalty)).toBeCloseTo(found, 9);
        runs++;
        if (found < least + 1e-9) best++;
      }),
    );
    expect(best / runs).toBeGreaterThan(0.9); // descent may end in a valley, whatever the starts
  });

  it("changes at every row at no price, and never at a high one", async () => {
    const X = matrix([[0], [9], [0], [9], [0]]);
    const free = await runFit("jump_model", { X }, { jump_penalty: 0 });
    const [first = 0] = numbersOf(free, "labels");
    expect(numbersOf(free, "labels")).toEqual([first, 1 - first, first, 1 - first, first]);
    expect(numbersOf(free, "objective")).toEqual([0]);
    const dear = await runFit("jump_model", { X }, { jump_penalty: 1e6 });
    expect(new Set(numbersOf(dear, "labels")).size).toBe(1);
  });

  it("refuses more states than rows by name", async () => {
    await expect(runFit("jump_model", { X: matrix([[1]]) })).rejects.toThrow(
      "parameters.n_components: 2 states need as many rows, got 1",
    );
  });
});

function chunks(values: readonly number[], width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, i) => values.slice(i * width, (i + 1) * width));
}

/** Of a path, with the mean of its rows as each state's centre. */
function objectiveOf(path: readonly number[], rows: readonly number[], penalty: number): number {
  const mean = (state: number) => {
    const own = rows.filter((_, t) => path[t] === state);
    return own.reduce((sum, each) => sum + each, 0) / own.length;
  };
  const means = [mean(0), mean(1)];
  return rows.reduce((sum, row, t) => {
    const jump = t > 0 && path[t] !== path[t - 1] ? penalty : 0;
    return sum + (row - (means[path[t] as number] as number)) ** 2 / 2 + jump;
  }, 0);
}
