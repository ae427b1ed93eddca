/** Numbers as the page writes them. */
import { expect, it } from "vitest";
import { amount, bytes, duration, percent } from "../../page/numbers/format.js";

it.each([
  [null, "–"],
  [undefined, "–"],
  [Number.NaN, "–"],
  [Number.POSITIVE_INFINITY, "–"],
  [0, "0"],
  [0.004, "0"],
  [0.42, "0.42"],
  [0.1, "0.1"],
  [7, "7"],
  [7.04, "7"],
  [7.34, "7.3"],
  [14.02, "14"],
  [99.96, "100"],
  [128.4, "128"],
  [12_400, "12,400"],
  [1e6, "1 M"],
  [3_140_000, "3.1 M"],
  [999_999_999, "1 G"],
  [9e18, "9000 P"],
  [-2, "-2"],
])("the amount %s is %s", (value, text) => {
  expect(amount(value)).toBe(text);
});

it.each([
  [null, "–"],
  [0, "0 ms"],
  [0.04, "0.04 ms"],
  [0.42, "0.42 ms"],
  [4.24, "4.2 ms"],
  [310, "310 ms"],
  [2_400, "2.4 s"],
  [180_000, "3 min"],
  [7_200_000, "2 h"],
  [1e12, "277,778 h"],
])("the duration %s is %s", (value, text) => {
  expect(duration(value)).toBe(text);
});

it.each([
  [null, "–"],
  [0, "0 B"],
  [512, "512 B"],
  [1_023, "1,023 B"],
  [4_300, "4.2 kB"],
  [1_048_575, "1 MB"],
  [13_000_000, "12 MB"],
  [5e15, "4.4 PB"],
])("%s bytes are %s", (value, text) => {
  expect(bytes(value)).toBe(text);
});

it("a share is in per cent", () => {
  expect([percent(0.126), percent(1), percent(null)]).toEqual(["13 %", "100 %", "–"]);
});
