import fc from "fast-check";
import { expect, it } from "vitest";
import { BatchSize } from "../../gateway/scheduling/batch-size.js";

/** The batch sizes of a model that always has enough waiting rows, after the search has settled. */
function settled(rowsMax: number, msOf: (rows: number) => number): number[] {
  const size = new BatchSize(rowsMax);
  const seen: number[] = [];
  for (let batch = 0; batch < 400; batch++) {
    seen.push(size.rows);
    size.took(size.rows, msOf(size.rows));
  }
  return seen.slice(100);
}
const mostly = (seen: readonly number[], rows: number) => seen.filter((each) => each === rows).length;

it("is small where rows together take as long as one after the other", () => {
  const seen = settled(32, (rows) => 0.05 + rows);
  expect(mostly(seen, 2)).toBeGreaterThan(280);
  expect(Math.max(...seen)).toBe(4); // tries the larger size again now and then
});

it("is one row where each takes long", () => {
  expect(
    mostly(
      settled(24, (rows) => 5 * rows),
      1,
    ),
  ).toBeGreaterThan(280);
});

it("is the model's own limit where many rows cost little more than one", () => {
  expect(
    mostly(
      settled(256, (rows) => 0.06 + 0.001 * rows),
      256,
    ),
  ).toBe(300); // short batches are not made smaller
  expect(
    mostly(
      settled(200, (rows) => 10 + 0.01 * rows),
      200,
    ),
  ).toBeGreaterThan(280); // the larger batches are faster, and so are kept
});

it("grows again when the model's pace changes", () => {
  const size = new BatchSize(64);
  const run = (batches: number, msOf: (rows: number) => number) => {
    for (let batch = 0; batch < batches; batch++) size.took(size.rows, msOf(size.rows));
  };
  run(100, (rows) => 0.05 + rows);
  expect(size.rows).toBeLessThanOrEqual(4);
  run(2_000, (rows) => 10 + 0.01 * rows);
  expect(size.rows).toBeGreaterThanOrEqual(32);
});

it("never leaves one to the model's limit, whatever batches take", () => {
  const took = fc.record({
    rows: fc.integer({ min: 1, max: 5_000 }),
    ms: fc.double({ min: 0, max: 1e6, noNaN: true }),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4_096 }),
      fc.array(took, { maxLength: 200 }),
      (rowsMax, batches) => {
        const size = new BatchSize(rowsMax);
        for (const { rows, ms } of batches) {
          size.took(rows, ms);
          if (!(size.rows >= 1 && size.rows <= rowsMax)) return false;
          size.took(size.rows, ms);
          if (!(size.rows >= 1 && size.rows <= rowsMax)) return false;
        }
        return true;
      },
    ),
  );
});
