import { describe, expect, it } from "vitest";
import { allFits } from "../../engines/numerics/index.js";
import { validateParameters } from "../../engines/validate.js";

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
      .filter(({ constraint }) => constraint.maximum === undefined && constraint.boundedByData !== true)
      .map(({ owner, spec }) => `${owner}.${spec.name}`);
    expect(open).toEqual([]);
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
