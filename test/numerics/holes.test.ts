import { describe, expect, it } from "vitest";
import type { Tensor } from "../../protocol/tensor.js";
import { goldenData, goldenHoles, numbersOf, relativeError, runFit, tensor } from "../golden/golden.js";

/** NaN in the same places, and the numbers beside them within the tolerance. */
function expectWithHoles(actual: readonly number[], expected: readonly number[], name: string): void {
  expect(actual.map(Number.isNaN), `missing numbers of ${name}`).toEqual(expected.map(Number.isNaN));
  const present = (values: readonly number[]) => values.filter((value) => !Number.isNaN(value));
  expect(relativeError(present(actual), present(expected)), name).toBeLessThanOrEqual(1e-9);
}

function holed(data: string, missing: readonly number[]): Tensor {
  const { shape, data: numbers } = goldenData(data);
  const places = new Set(missing);
  return tensor({ shape, data: numbers.map((value, at) => (places.has(at) ? Number.NaN : value)) });
}

describe("missing numbers", () => {
  for (const { fit, data, missing, parameters, expected } of goldenHoles()) {
    const n = goldenData(data).shape[0];
    it(`are taken by ${fit} as scikit-learn takes them, in ${n} rows of ${data}, ${missing.length} missing`, async () => {
      const X = holed(data, missing);
      const outputs = await runFit(fit, { X }, parameters);
      const applied = await runFit(`${fit}.apply`, { ...attributesOf(outputs, fit), X });
      const answers = { ...outputs, ...applied };
      const { seen, ...rest } = expected;
      for (const [name, numbers] of Object.entries(rest))
        expectWithHoles(numbersOf(answers, name), numbers, name);
      if (fit === "isolation_forest") {
        // The fit's own scores and those of its trees, applied, are the same.
        expectWithHoles(numbersOf(outputs, "score_samples"), expected.score_samples ?? [], "score_samples");
        return;
      }
      const one = numbersOf(outputs, "n_samples_seen");
      const each = outputs.n_samples_seen_by_column && numbersOf(outputs, "n_samples_seen_by_column");
      expect(each ?? one).toEqual(seen);
      expect(one[0]).toBe(Math.max(...(seen ?? [])));
    });
  }

  it("are left out of a standard_scaler in instalments, in any order", async () => {
    const X = holed(
      "wine",
      Array.from({ length: 200 }, (_, i) => 11 * i + 3),
    );
    const [n, p] = [178, 13];
    const rows = (from: number, to: number) =>
      tensor({ shape: [to - from, p], data: Array.from(X.data as Float64Array).slice(from * p, to * p) });
    const whole = await runFit("standard_scaler", { X });
    let kept = await runFit("standard_scaler", { X: rows(40, n) });
    for (const [from, to] of [
      [0, 1],
      [1, 40],
    ] as const)
      kept = await runFit("standard_scaler.update", { ...attributesOf(kept, "update"), X: rows(from, to) });
    for (const name of ["mean", "var", "scale", "n_samples_seen_by_column"])
      expect(relativeError(numbersOf(kept, name), numbersOf(whole, name)), name).toBeLessThan(1e-12);
  });

  it("of a whole column leave it as it was, or without moments until numbers come", async () => {
    const missing = Number.NaN;
    const empty = await runFit("standard_scaler", {
      X: tensor({ shape: [2, 2], data: [1, missing, 3, missing] }),
    });
    expect(numbersOf(empty, "mean")).toEqual([2, missing]);
    const filled = await runFit("standard_scaler.update", {
      ...attributesOf(empty, "update"),
      X: tensor({ shape: [2, 2], data: [missing, 4, missing, 8] }),
    });
    expect(numbersOf(filled, "mean")).toEqual([2, 6]);
    expect(numbersOf(filled, "var")).toEqual([1, 4]);
    expect(filled.n_samples_seen_by_column).toBeUndefined();
  });

  it("go to the larger child under a forest that was kept without telling", async () => {
    const outputs = await runFit("isolation_forest", { X: tensor(goldenData("iris")) }, { n_estimators: 5 });
    const { missing_go_to_left, ...before } = attributesOf(outputs, "isolation_forest");
    expect(missing_go_to_left).toBeDefined();
    const X = holed("iris", [0, 5, 10, 15, 20, 21, 22, 23]);
    const same = await runFit("isolation_forest.apply", {
      ...before,
      missing_go_to_left: missing_go_to_left as Tensor,
      X,
    });
    const without = await runFit("isolation_forest.apply", { ...before, X });
    expect(without).toEqual(same);
  });

  it("may not be infinities, nor NaN where numbers were seen", async () => {
    const X = tensor({ shape: [2, 1], data: [1, Number.POSITIVE_INFINITY] });
    for (const fit of ["isolation_forest", "standard_scaler"])
      await expect(runFit(fit, { X })).rejects.toThrow(/inputs\.X: column 0 has an infinity at row 1/);
    const mean = tensor({ shape: [1], data: [Number.NaN] });
    const update = {
      mean,
      var: mean,
      n_samples_seen: { datatype: "INT64", shape: [], data: BigInt64Array.of(3n) },
    } as const;
    await expect(
      runFit("standard_scaler.update", { ...update, X: tensor({ shape: [1, 1], data: [1] }) }),
    ).rejects.toThrow(/inputs\.mean: column 0 has NaN, and numbers were seen/);
  });
});

/** What the application of a fit takes of its outputs. */
function attributesOf(outputs: Readonly<Record<string, Tensor>>, fit: string): Record<string, Tensor> {
  const names = {
    isolation_forest: [
      "tree_offsets",
      "feature",
      "threshold",
      "missing_go_to_left",
      "children_left",
      "children_right",
      "n_node_samples",
      "max_samples",
      "n_features_in",
      "offset",
    ],
    standard_scaler: ["mean", "scale"],
    update: ["mean", "var", "n_samples_seen", "n_samples_seen_by_column"],
  }[fit];
  const found = (names ?? []).map((name) => [name, outputs[name]] as const);
  return Object.fromEntries(
    found.filter((entry): entry is readonly [string, Tensor] => entry[1] !== undefined),
  );
}
