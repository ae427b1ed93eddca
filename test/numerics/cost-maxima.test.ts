import { describe, expect, it } from "vitest";
import { allFits } from "../../engines/numerics/index.js";
import { validateParameters } from "../../engines/validate.js";

/** Integers that the data bounds: a fit refuses more than it has rows or columns, or takes as many as there are. */
const boundedByData = new Set([
  "pca.n_components",
  "fast_ica.n_components",
  "factor_risk.n_components",
  "isolation_forest.max_samples",
  "isolation_forest.max_features",
  "dbscan.min_samples",
  "regime_features.window",
]);

const integers = allFits.flatMap(({ signature }) =>
  signature.parameters.flatMap((spec) =>
    spec.anyOf.flatMap((constraint) =>
      constraint.type === "integer" ? [{ owner: signature.name, spec, constraint }] : [],
    ),
  ),
);

describe("a parameter that multiplies what a fit costs", () => {
  it("has a maximum, in every fit", () => {
    const open = integers
      .filter(({ constraint }) => constraint.maximum === undefined)
      .map(({ owner, spec }) => `${owner}.${spec.name}`);
    expect(open.filter((name) => !boundedByData.has(name))).toEqual([]);
  });

  it("is refused beyond it, by name and with the maximum", () => {
    for (const { owner, spec, constraint } of integers) {
      const { maximum } = constraint;
      if (maximum === undefined) continue;
      const ask = (value: number) => () => validateParameters(owner, [spec], { [spec.name]: value });
      expect(ask(maximum)).not.toThrow();
      expect(ask(maximum + 1)).toThrow(`parameters.${spec.name}: must be`);
      expect(ask(maximum + 1)).toThrow(`at most ${maximum}`);
    }
    expect(integers.length).toBeGreaterThan(15);
  });
});
