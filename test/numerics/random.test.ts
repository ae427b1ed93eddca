import { describe, expect, it } from "vitest";
import { RandomState } from "../../engines/numerics/random/random.js";
import { goldenRandom } from "../golden/golden.js";

describe("RandomState(42)", () => {
  const golden = goldenRandom();
  const random = new RandomState(42);
  // 700 draws take the generator through its refill after 312 of them.
  const uniform = Array.from({ length: 700 }, () => random.uniform());
  const normal = Array.from({ length: 7 }, () => random.normal());
  const dirichlet = [...random.dirichlet(1 / 3, 3)];

  it("draws numpy's uniform numbers to the last bit", () => {
    expect(uniform.slice(-5)).toEqual(golden.uniform_last);
  });

  it("draws numpy's normal and Dirichlet numbers", () => {
    normal.forEach((value, i) => {
      expect(value).toBeCloseTo(golden.normal[i] ?? Number.NaN, 14);
    });
    dirichlet.forEach((value, i) => {
      expect(value).toBeCloseTo(golden.dirichlet[i] ?? Number.NaN, 14);
    });
  });

  it("shuffles as numpy does", () => {
    const fresh = new RandomState(42);
    expect([...fresh.permutation(10)]).toEqual([8, 1, 5, 0, 7, 2, 9, 4, 3, 6]);
    expect([...fresh.permutation(3)]).toEqual([1, 0, 2]);
    expect([...fresh.permutation(0)]).toEqual([]);
  });
});
