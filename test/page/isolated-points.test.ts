/** Values of a chart that no line reaches. */
import { expect, test } from "vitest";
import { isolatedPoints } from "../../page/charts/isolated-points.js";

test.each([
  [[], null],
  [[7], [0]],
  [[1, 2], null],
  [[null, 0, null], [1]],
  [
    [1, null, 2, null, 3, 4, null, 5],
    [0, 2, 7],
  ],
  [[null, undefined], null],
])("of %j are at %j", (values, isolated) => {
  expect(isolatedPoints(values)).toEqual(isolated);
});
