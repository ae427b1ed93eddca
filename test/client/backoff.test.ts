import fc from "fast-check";
import { expect, it } from "vitest";
import { backoffMs, defaultBackoff } from "../../client/typescript/backoff.js";
import { check } from "../support/seeded.js";

const largest = 1 - 2 ** -53;

it("doubles its bound from 0.5 s to 20 s, however long it goes on", () => {
  const bounds = [0, 1, 2, 5, 6, 1_000, 1e9].map((attempt) =>
    Math.round(backoffMs(defaultBackoff, attempt, largest)),
  );
  expect(bounds).toEqual([500, 1_000, 2_000, 16_000, 20_000, 20_000, 20_000]);
});

it("is full jitter: anything from nothing to the bound", () => {
  const random = fc.double({ min: 0, max: largest, noNaN: true });
  check(
    fc.property(fc.nat(100), random, (attempt, at) => {
      const ms = backoffMs(defaultBackoff, attempt, at);
      expect(ms).toBeCloseTo(at * backoffMs(defaultBackoff, attempt, largest), 6);
      expect(ms).toBeLessThanOrEqual(20_000);
    }),
  );
});
