/** The unit that numbers are divided by is the same whether the sum of their squares is known or not. */
import { expect, it } from "vitest";
import { unitOf } from "../../engines/numerics/linear-algebra/power-of-two.js";

const squaresOf = (x: Float64Array) => x.reduce((sum, value) => sum + value * value, 0);

it.each([
  ...[1e-320, 1e-200, 1e-61, 0.99e-60, 1.01e-60, 3e-60, 1, 1e8, 0.3e60, 0.99e60, 1.01e60, 1e61, 1e200, 1e308],
  ...[0, Number.NaN, Number.POSITIVE_INFINITY],
])("of numbers up to %d", (largest) => {
  for (const others of [0, largest / 3, largest])
    for (const count of [1, 7, 4_000]) {
      const x = new Float64Array(count).fill(others);
      x[count >> 1] = largest;
      expect(unitOf(x, "FP64", squaresOf(x)), `${count} numbers, the others ${others}`).toBe(
        unitOf(x, "FP64"),
      );
      const single = Float32Array.from(x);
      expect(unitOf(single, "FP32", squaresOf(Float64Array.from(single)))).toBe(unitOf(single, "FP32"));
    }
});

it("makes no pass over the numbers where the sum of their squares tells enough", () => {
  let reads = 0;
  const x = new Proxy(new Float64Array(100).fill(2), {
    get(target, name) {
      if (name === "length") return target.length;
      reads++;
      return Reflect.get(target, name);
    },
  });
  expect(unitOf(x, "FP64", 400)).toBe(1);
  expect(reads).toBe(0);
});
